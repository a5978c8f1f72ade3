/** What an outcome counts as: an answer, a failure, or a caller that did not wait for the end. */
type OutcomeClass = 'ok' | 'failed' | 'aborted'

/** How a request ended, and what that counts as. An outcome without a class does not compile. */
const CLASSES = {
  complete: 'ok',
  /** Refused by Metrion, after the caller was known. */
  refused: 'failed',
  /** Refused by xAI: an error status, or a 200 that is an error. */
  upstream_refused: 'failed',
  /** xAI reported an error in the middle of a stream. */
  upstream_error: 'failed',
  /** xAI's answer broke off. */
  upstream_cut: 'failed',
  upstream_unreachable: 'failed',
  upstream_timeout: 'failed',
  client_gone: 'aborted',
  /** The Worker itself went away in mid-answer. */
  lost: 'failed',
} as const satisfies Record<string, OutcomeClass>

export type Outcome = keyof typeof CLASSES

const of = (...classes: OutcomeClass[]): Outcome[] =>
  (Object.keys(CLASSES) as Outcome[]).filter((outcome) => classes.includes(CLASSES[outcome]))

export const OUTCOMES = of('ok', 'failed', 'aborted') as [Outcome, ...Outcome[]]
export const FAILED: readonly Outcome[] = of('failed')

const NOT_FAILED = of('ok', 'aborted')
  .map((outcome) => `'${outcome}'`)
  .join(', ')

/** Whether a row's request failed, in SQL. One predicate for all, which the index of failures is made by. */
export const failedSql = (column = 'outcome'): string => `${column} NOT IN (${NOT_FAILED})`
