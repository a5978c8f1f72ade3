import type { TokenInfo } from '../../credentials/tokens/store.ts'

/** The fields of the form, as text: as they are saved, or as they were typed and refused. */
export interface LimitFields {
  name: string
  scope: string
  /** As `datetime-local` has it, in UTC; empty: never. */
  expires: string
  disabled: boolean
  /** One a line; empty: no limit. */
  models: string
  endpoints: string
  addresses: string
}

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/

export const fieldsOf = (token: TokenInfo): LimitFields => ({
  name: token.name,
  scope: token.scope,
  expires: token.expiresAtMs === null ? '' : new Date(token.expiresAtMs).toISOString().slice(0, 16),
  disabled: token.disabled,
  models: (token.models ?? []).join('\n'),
  endpoints: (token.endpoints ?? []).join('\n'),
  addresses: (token.addresses ?? []).join('\n'),
})

export const typedFields = (form: Partial<Record<string, string>>): LimitFields => {
  const { name = '', scope = '', expires = '', models = '', endpoints = '', addresses = '' } = form
  return { name, scope, expires, disabled: form['disabled'] === 'on', models, endpoints, addresses }
}

const lines = (text: string): string[] | null => {
  const list = text.split(/[\s,]+/).filter(Boolean)
  return list.length === 0 ? null : list
}

/** What the API would be sent for these fields. What is as before is left out: an expiry may be past by now. */
export function toChanges(fields: LimitFields, token: TokenInfo): Record<string, unknown> {
  const before = fieldsOf(token)
  const { name, scope, expires, disabled, models, endpoints, addresses } = fields
  const time = LOCAL_TIME.test(expires) ? `${expires}:00Z` : expires
  return {
    name,
    scope,
    disabled,
    ...(expires === before.expires ? {} : { expiresAt: expires === '' ? null : time }),
    ...(models === before.models ? {} : { models: lines(models) }),
    ...(endpoints === before.endpoints ? {} : { endpoints: lines(endpoints) }),
    ...(addresses === before.addresses ? {} : { addresses: lines(addresses) }),
  }
}
