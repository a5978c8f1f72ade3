import { typedUsd } from '../../http/format.ts'
import { KINDS, type RuleKind, type Unit } from '../../alerts/rules/kinds.ts'
import type { Rule } from '../../alerts/rules/rule.ts'
import { toAmount } from '../limits/fields.ts'

/** The fields of a rule's form, as text: as they are saved, or as they were typed. */
export interface RuleFields {
  name: string
  threshold: string
  hours: string
  minimum: string
  /** `account`, `model`, or `token:ID`. */
  scope: string
  model: string
  /** Ids of channels; none: all. */
  channels: readonly string[]
}

const typed = (unit: Unit | undefined, amount: number | null): string => {
  if (amount === null) return ''
  return unit === 'ticks' ? typedUsd(amount) : String(amount)
}

export function newFields(kind: RuleKind): RuleFields {
  const { title, threshold, minimum, hours } = KINDS[kind]
  return {
    name: title,
    threshold: typed(threshold?.unit, threshold?.byDefault ?? null),
    hours: String(hours?.[0] ?? ''),
    minimum: typed(minimum?.unit, minimum?.byDefault ?? null),
    scope: 'account',
    model: '',
    channels: [],
  }
}

export function fieldsOf({ kind, scope, ...rule }: Rule): RuleFields {
  const { threshold, minimum } = KINDS[kind]
  return {
    name: rule.name,
    threshold: typed(threshold?.unit, rule.threshold),
    hours: String(rule.hours ?? ''),
    minimum: typed(minimum?.unit, rule.minimum),
    scope: scope.kind === 'token' ? `token:${scope.value}` : scope.kind,
    model: scope.kind === 'model' ? (scope.value ?? '') : '',
    channels: rule.channels ?? [],
  }
}

const CHANNEL = 'channel-'
export const channelField = (id: string): string => `${CHANNEL}${id}`

export function typedFields(form: Partial<Record<string, string>>): RuleFields {
  const text = (name: string): string => form[name] ?? ''
  return {
    name: text('name'),
    threshold: text('threshold'),
    hours: text('hours'),
    minimum: text('minimum'),
    scope: text('scope') === '' ? 'account' : text('scope'),
    model: text('model'),
    channels: Object.keys(form)
      .filter((name) => name.startsWith(CHANNEL))
      .map((name) => name.slice(CHANNEL.length)),
  }
}

const NUMBER = /^\d{1,15}(?:[.,]\d{1,6})?$/

/** A number in its unit. What is none stays as it is, for the message; nothing is null. */
function numberOf(unit: Unit | undefined, text: string): number | string | null {
  const plain = text.trim().replaceAll(/[_\s’'%]/g, '')
  if (plain === '') return null
  if (unit === 'ticks') return toAmount('cost', text)
  return NUMBER.test(plain) ? Number(plain.replace(',', '.')) : text
}

function scopeOf({ scope, model }: RuleFields): { kind: string; value: string | null } {
  if (scope.startsWith('token:')) return { kind: 'token', value: scope.slice('token:'.length) }
  const isModel = scope === 'model' || model.trim() !== ''
  return isModel ? { kind: 'model', value: model.trim() } : { kind: scope, value: null }
}

/** The body of `POST alerts` for these fields. */
export function toBody(kind: string, fields: RuleFields): Record<string, unknown> {
  const { threshold = null, minimum = null } = Object.hasOwn(KINDS, kind)
    ? KINDS[kind as RuleKind]
    : {}
  return {
    kind,
    name: fields.name,
    scope: scopeOf(fields),
    threshold: numberOf(threshold?.unit, fields.threshold),
    hours: numberOf(undefined, fields.hours),
    minimum: numberOf(minimum?.unit, fields.minimum),
    channels: fields.channels.length === 0 ? null : fields.channels,
  }
}
