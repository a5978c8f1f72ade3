import { TICKS_PER_USD, typedUsd } from '../../http/format.ts'
import type { BudgetInfo } from '../../spend/budgets/store.ts'

/** The fields of the form, as text: as they are saved, or as they were typed. */
export interface BudgetFields {
  name: string
  scope: string
  /** `each` or `one`. */
  which: string
  value: string
  meter: string
  window: string
  limit: string
  action: string
  whenUnavailable: string
  thresholds: string
  increaseBy: string
  /** As `datetime-local` has it, in UTC. */
  increaseUntil: string
}

export const NEW_BUDGET: BudgetFields = {
  name: '',
  scope: 'account',
  which: 'each',
  value: '',
  meter: 'cost',
  window: 'month',
  limit: '',
  action: 'refuse',
  whenUnavailable: 'open',
  thresholds: '90, 100',
  increaseBy: '',
  increaseUntil: '',
}

/** An amount as people type it: dollars for costs. */
const typed = (meter: string, amount: number): string =>
  meter === 'cost' ? typedUsd(amount) : String(amount)

export function fieldsOf(budget: BudgetInfo): BudgetFields {
  const { name, scope, value, meter, window, limit, action, whenUnavailable, thresholds } = budget
  const { increaseBy, increaseUntilMs } = budget
  return {
    name,
    scope,
    which: value === null ? 'each' : 'one',
    value: value ?? '',
    meter,
    window,
    limit: typed(meter, limit),
    action,
    whenUnavailable,
    thresholds: thresholds.join(', '),
    increaseBy: increaseBy === null ? '' : typed(meter, increaseBy),
    increaseUntil:
      increaseUntilMs === null ? '' : new Date(increaseUntilMs).toISOString().slice(0, 16),
  }
}

export const typedFields = (form: Partial<Record<string, string>>): BudgetFields => {
  const names = Object.keys(NEW_BUDGET) as (keyof BudgetFields)[]
  return Object.fromEntries(
    names.map((name) => [name, form[name] ?? '']),
  ) as unknown as BudgetFields
}

const AMOUNT = /^\$?(\d{1,9})(?:[.,](\d{1,10}))?$/

/** An amount in the meter's unit. What is no amount stays as it is, for the message. */
export function toAmount(meter: string, text: string): number | string {
  const [, whole, part = ''] = AMOUNT.exec(text.trim().replaceAll(/[_\s’']/g, '')) ?? []
  if (whole === undefined) return text
  if (meter === 'cost')
    return Number(BigInt(whole) * BigInt(TICKS_PER_USD) + BigInt(part.padEnd(10, '0')))
  return part === '' ? Number(whole) : text
}

const toNumbers = (text: string): (number | string)[] =>
  text
    .split(/[\s,;%]+/)
    .filter(Boolean)
    .map((one) => (/^\d+$/.test(one) ? Number(one) : one))

/** The body of `POST budgets` for these fields. A time that has passed is left out: the increase has ended. */
export function toBody(fields: BudgetFields, nowMs: number): Record<string, unknown> {
  const { name, scope, which, value, meter, window, limit, action, whenUnavailable } = fields
  const isOne = which === 'one' || (scope !== 'account' && value !== '')
  const until = fields.increaseUntil === '' ? '' : `${fields.increaseUntil}:00Z`
  const isOver = until !== '' && Date.parse(until) <= nowMs
  const increase =
    (fields.increaseBy === '' && until === '') || isOver
      ? null
      : { by: toAmount(meter, fields.increaseBy), until }
  return {
    name,
    scope: {
      kind: scope,
      value:
        isOne && scope !== 'account' ? value : scope === 'account' && value !== '' ? value : null,
    },
    meter,
    window,
    limit: toAmount(meter, limit),
    action,
    whenUnavailable,
    thresholds: toNumbers(fields.thresholds),
    increase,
  }
}
