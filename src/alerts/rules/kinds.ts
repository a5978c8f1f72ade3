import { TICKS_PER_USD } from '../../http/format.ts'
import { HOUR_MS } from '../../http/time.ts'

export const RULE_KINDS = [
  'forecast',
  'spike',
  'error_rate',
  'error_count',
  'latency',
  'volume',
  'credit',
  'model_change',
  'price_drift',
  'token_expiry',
  'token_unused',
  'ledger',
] as const
export type RuleKind = (typeof RULE_KINDS)[number]

/** The unit of a figure. Ticks: 1 USD = 10,000,000,000. `times`: a multiple of the usual. */
export const UNITS = ['ticks', 'tokens', 'requests', 'percent', 'ms', 'times', 'days'] as const
export type Unit = (typeof UNITS)[number]

export interface Kind {
  title: string
  /** What it is for, as one sentence. */
  about: string
  /** Null: it has no threshold. */
  threshold: { unit: Unit; byDefault: number | null; most: number } | null
  /** With less than this, nothing is told. Null: there is no such limit. */
  minimum: { unit: 'ticks' | 'requests'; byDefault: number } | null
  /** Whether it may be about a token or a model, instead of the account. */
  isScoped: boolean
  /** The numbers of hours that it may look at; the first is the default. Null: it has its own period. */
  hours: readonly number[] | null
  /** It is told below the threshold, not above it. */
  isBelow?: true
}

const HOURS = [1, 6, 24, 168] as const
export const HOUR_CHOICES: readonly number[] = HOURS
export const MOST_HOURS_MS = 168 * HOUR_MS

const MOST_TICKS = Number.MAX_SAFE_INTEGER
const NONE = { threshold: null, minimum: null, isScoped: false, hours: null } as const
const WINDOWED = { minimum: null, isScoped: true, hours: HOURS } as const

/** Every kind of rule, with what it takes. Budgets need no rule: their thresholds tell by themselves. */
export const KINDS: Readonly<Record<RuleKind, Kind>> = {
  forecast: {
    title: 'Forecast of the month',
    about: 'At this rate, by the weekdays of the last four weeks, the month costs more than this.',
    threshold: { unit: 'ticks', byDefault: null, most: MOST_TICKS },
    minimum: null,
    isScoped: false,
    hours: null,
  },
  spike: {
    title: 'Unusual spending',
    about: 'An hour costs more than this many times what the same hour usually costs.',
    threshold: { unit: 'times', byDefault: 3, most: 1_000 },
    minimum: { unit: 'ticks', byDefault: TICKS_PER_USD },
    isScoped: false,
    hours: null,
  },
  error_rate: {
    title: 'Error rate',
    about: 'More than this share of the requests that went to xAI failed.',
    threshold: { unit: 'percent', byDefault: 10, most: 100 },
    minimum: { unit: 'requests', byDefault: 20 },
    isScoped: true,
    hours: HOURS,
  },
  error_count: {
    title: 'Number of errors',
    about: 'More than this many of the requests that went to xAI failed.',
    threshold: { unit: 'requests', byDefault: 50, most: 1e9 },
    ...WINDOWED,
  },
  latency: {
    title: 'Latency (p95)',
    about: 'The 95th percentile of the time to the first byte is above this.',
    threshold: { unit: 'ms', byDefault: 10_000, most: 3_600_000 },
    minimum: { unit: 'requests', byDefault: 20 },
    isScoped: true,
    hours: HOURS,
  },
  volume: {
    title: 'Request volume',
    about: 'There are more requests than this.',
    threshold: { unit: 'requests', byDefault: 10_000, most: 1e12 },
    ...WINDOWED,
  },
  credit: {
    title: 'xAI credit',
    about: 'The prepaid credit at xAI is below this. It needs a management key.',
    threshold: { unit: 'ticks', byDefault: 20 * TICKS_PER_USD, most: MOST_TICKS },
    minimum: null,
    isScoped: false,
    hours: null,
    isBelow: true,
  },
  model_change: {
    ...NONE,
    title: 'Model redirected or retired',
    about:
      'A model is answered by another one for the first time, or xAI no longer lists a model that you use.',
  },
  price_drift: {
    ...NONE,
    title: 'Price difference',
    about: 'xAI’s bills differ from the price table.',
  },
  token_expiry: {
    ...NONE,
    title: 'Token expires',
    about: 'A token expires within this many days.',
    threshold: { unit: 'days', byDefault: 7, most: 365 },
  },
  token_unused: {
    ...NONE,
    title: 'Token unused',
    about: 'A token has not been used for this many days.',
    threshold: { unit: 'days', byDefault: 90, most: 365 },
  },
  ledger: {
    ...NONE,
    title: 'Ledger',
    about:
      'Rows are lost or wait too long, a database is nearly full, a job failed, or budgets could not be checked.',
  },
}
