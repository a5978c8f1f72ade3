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
  /** Numbers; empty: no limit. */
  requestsPerMinute: string
  tokensPerMinute: string
  concurrent: string
}

export const RATE_FIELDS = ['requestsPerMinute', 'tokensPerMinute', 'concurrent'] as const

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/

export const fieldsOf = (token: TokenInfo): LimitFields => ({
  name: token.name,
  scope: token.scope,
  expires: token.expiresAtMs === null ? '' : new Date(token.expiresAtMs).toISOString().slice(0, 16),
  disabled: token.disabled,
  models: (token.models ?? []).join('\n'),
  endpoints: (token.endpoints ?? []).join('\n'),
  addresses: (token.addresses ?? []).join('\n'),
  requestsPerMinute: String(token.requestsPerMinute ?? ''),
  tokensPerMinute: String(token.tokensPerMinute ?? ''),
  concurrent: String(token.concurrent ?? ''),
})

export const typedFields = (form: Partial<Record<string, string>>): LimitFields => {
  const { name = '', scope = '', expires = '', models = '', endpoints = '', addresses = '' } = form
  const { requestsPerMinute = '', tokensPerMinute = '', concurrent = '' } = form
  const rates = { requestsPerMinute, tokensPerMinute, concurrent }
  const disabled = form['disabled'] === 'on'
  return { name, scope, expires, disabled, models, endpoints, addresses, ...rates }
}

const entriesOf = (text: string): string[] | null => {
  const list = text.split(/[\r\n,]+/).map((line) => line.trim())
  const entries = list.filter(Boolean)
  return entries.length === 0 ? null : entries
}

/** Null: empty. What is no number stays as it is, for the message. */
const numberOf = (text: string): number | string | null =>
  text.trim() === '' ? null : /^\d+$/.test(text.trim()) ? Number(text) : text

/** The body of `PATCH tokens/{id}` for these fields. Unchanged members are left out: the expiry may be past by now. */
export function toChanges(fields: LimitFields, token: TokenInfo): Record<string, unknown> {
  const { name, scope, expires, disabled } = fields
  const time = LOCAL_TIME.test(expires) ? `${expires}:00Z` : expires
  const lists = (['models', 'endpoints', 'addresses'] as const).flatMap((key) => {
    const entries = entriesOf(fields[key])
    const isSame = JSON.stringify(entries) === JSON.stringify(token[key])
    return isSame ? [] : [[key, entries] as const]
  })
  return {
    name,
    scope,
    disabled,
    ...(expires === fieldsOf(token).expires ? {} : { expiresAt: expires === '' ? null : time }),
    ...Object.fromEntries(RATE_FIELDS.map((key) => [key, numberOf(fields[key])])),
    ...Object.fromEntries(lists),
  }
}
