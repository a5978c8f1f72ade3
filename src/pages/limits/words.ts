import { localTime } from '../../http/zone.ts'
import { amountOf } from '../../spend/lease/refusal.ts'
import type {
  Action,
  Budget,
  Meter,
  ScopeKind,
  WhenUnavailable,
  Window,
} from '../../spend/budget.ts'

export const METER_TITLES: Record<Meter, string> = {
  cost: 'Cost (USD)',
  tokens: 'Tokens, input and output',
  requests: 'Requests',
}

export const WINDOW_TITLES: Record<Window, string> = {
  hour: 'Each hour',
  day: 'Each day',
  week: 'Each week, from Monday',
  month: 'Each calendar month',
  lifetime: 'Once, for all time',
}

/** "$10.00 a month". */
export const WINDOW_WORDS: Record<Window, string> = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  lifetime: 'in all',
}

export const SCOPE_TITLES: Record<ScopeKind, string> = {
  account: 'The whole account',
  token: 'A token',
  requester: 'A requester (x-metrion-user)',
  model: 'A model',
}

export const ACTION_TITLES: Record<Action, string> = {
  warn: 'Warn only',
  refuse: 'Refuse new requests',
  stop: 'Refuse new requests, and stop running streams',
}

export const UNAVAILABLE_TITLES: Record<WhenUnavailable, string> = {
  open: 'Let requests pass (counted on the Health page)',
  closed: 'Refuse requests with 503',
}

/** What happens at the limit, as part of a sentence. */
export const ACTION_WORDS: Record<Action, string> = {
  warn: 'nothing is refused',
  refuse: 'new requests are refused',
  stop: 'new requests are refused, and running streams are stopped',
}

export type Names = ReadonlyMap<string, string>

/** A value of a scope as people know it. */
export function valueTitle(scope: ScopeKind, value: string, names: Names): string {
  if (scope === 'account') return 'Account'
  if (scope === 'token') return names.get(value) ?? value
  if (value === ' others') return 'others (merged)'
  return value === '' ? (scope === 'requester' ? 'no requester' : 'no model') : value
}

/** "for each requester", "for the token Production". */
function forWhom({ scope, value }: Budget, names: Names): string {
  if (scope === 'account') return 'for the whole account'
  if (value === null) return `for each ${scope}`
  return `for ${value === '' ? '' : `the ${scope} `}${value === '' ? 'requests without a requester' : valueTitle(scope, value, names)}`
}

/** "$10.00 a month for each requester; at the limit, new requests are refused." */
export const budgetWords = (budget: Budget, names: Names): string =>
  `${amountOf(budget.meter, budget.limit)} ${WINDOW_WORDS[budget.window]} ${forWhom(budget, names)}; at the limit, ${ACTION_WORDS[budget.action]}.`

/** A moment in the account's zone, to the minute. */
export const moment = (ms: number, zone: string): string => localTime(ms, zone).slice(0, 16)

/** The log with the requests that this budget counts, or that it refused. */
export function logUrl(
  { scope }: Pick<Budget, 'scope'>,
  value: string,
  more: Readonly<Record<string, string>>,
): string {
  const params = new URLSearchParams(more)
  if (scope !== 'account') {
    if (scope === 'requester' && value === '') params.set('unlabelled', 'on')
    else params.set(scope, value)
  }
  return `/logs?${params.toString()}`
}
