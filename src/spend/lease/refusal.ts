import { aboutUsd, some, usd } from '../../http/format.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { Budget, Meter } from '../budget.ts'
import type { BudgetRefused, RateKind, RateRefused } from '../protocol.ts'

const UNITS: Record<Meter, (amount: number) => string> = {
  cost: (amount) => usd(Math.round(amount)),
  tokens: (amount) => some(Math.round(amount), 'token'),
  requests: (amount) => some(Math.round(amount), 'request'),
}

/** An amount of a budget with its unit. */
export const amountOf = (meter: Meter, amount: number): string => UNITS[meter](amount)

/** The same, rounded: for what is not exact. */
export const aboutOf = (meter: Meter, amount: number): string =>
  meter === 'cost' ? aboutUsd(amount) : amountOf(meter, amount)

const RATES: Record<RateKind, string> = {
  requestsPerMinute: 'requests a minute',
  tokensPerMinute: 'tokens a minute',
  concurrent: 'requests at once',
}

/** Whose amount it is. A token's id says nothing to its caller: it is the one that was used. */
function whoseOf({ scope }: Budget, value: string): string {
  if (scope === 'account') return ''
  if (scope === 'token') return ' of this token'
  if (scope === 'model') return ` of the model ${value}`
  return value === '' ? ' of requests without a requester' : ` of the requester ${value}`
}

export function refusalOf(
  refused: BudgetRefused | RateRefused,
  isStopped: boolean,
  nowMs: number,
): Refusal {
  if (refused.refusedBy === 'rate') {
    const { kind, limit, remaining, resetMs, retryAfterMs } = refused
    return { reason: 'rate_limited', what: RATES[kind], limit, remaining, resetMs, retryAfterMs }
  }
  const { budget, value, spent, reserved, needed, limit, resetsAtMs } = refused
  const { meter, name } = budget
  return {
    reason: 'budget_exceeded',
    isStopped,
    name,
    whose: whoseOf(budget, value),
    isMoney: meter === 'cost',
    spent: amountOf(meter, spent),
    reserved: amountOf(meter, reserved),
    needed: amountOf(meter, Math.max(1, needed)),
    limit: amountOf(meter, limit),
    nowMs,
    resetsAtMs,
  }
}
