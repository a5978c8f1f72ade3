/** `ok`: answered. `failed`: a failure. `aborted`: the caller left before the end. */
type OutcomeClass = 'ok' | 'failed' | 'aborted'

/** Each outcome and its class. An outcome without a class does not compile. */
const CLASSES = {
  complete: 'ok',
  /** Refused by Metrion, after the caller was identified. */
  refused: 'failed',
  /** Rejected by xAI: an error status, or a 200 that contains an error. */
  upstream_refused: 'failed',
  /** xAI reported an error in mid-stream. */
  upstream_error: 'failed',
  /** xAI's answer broke off. */
  upstream_cut: 'failed',
  upstream_unreachable: 'failed',
  upstream_timeout: 'failed',
  client_gone: 'aborted',
  /** Cut off by Metrion: a budget that stops running requests was used up. */
  stopped: 'failed',
  /** The isolate ended in mid-answer. */
  lost: 'failed',
} as const satisfies Record<string, OutcomeClass>

export type Outcome = keyof typeof CLASSES

/** Outcomes of requests that budgets of requests do not count: they were refused, or never reached xAI. */
export const UNCOUNTED = [
  'refused',
  'upstream_refused',
  'upstream_unreachable',
] as const satisfies readonly Outcome[]

const of = (...classes: OutcomeClass[]): Outcome[] =>
  (Object.keys(CLASSES) as Outcome[]).filter((outcome) => classes.includes(CLASSES[outcome]))

export const OUTCOMES = of('ok', 'failed', 'aborted') as [Outcome, ...Outcome[]]
export const FAILED: readonly Outcome[] = of('failed')

const NOT_FAILED = of('ok', 'aborted')
  .map((outcome) => `'${outcome}'`)
  .join(', ')

/** SQL: whether a row's request failed. The index of failures uses this predicate, so all queries must use it too. */
export const failedSql = (column = 'outcome'): string => `${column} NOT IN (${NOT_FAILED})`
