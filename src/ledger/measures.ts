import { failedSql, UNCOUNTED } from './outcomes.ts'

/** The SQL for a column of a row: the bare name in the view, prefixed with OLD or NEW in a trigger. */
export type ReadColumn = (column: string) => string

interface Measure {
  /** The name in the API. */
  json: string
  /** The SQL for a row's contribution; never NULL. */
  adds: (row: ReadColumn) => string
  /** The column was added later: 0 in older sums. Set it for every new measure. */
  isLater?: true
}

const measures = <const T extends Record<string, Measure>>(table: T): T => table

const sumOf =
  (column: string) =>
  (row: ReadColumn): string =>
    `ifnull(${row(column)}, 0)`

const ofBasis =
  (basis: string, column: string) =>
  (row: ReadColumn): string =>
    `iif(${row('cost_basis')} = '${basis}', ifnull(${row(column)}, 0), 0)`

const isLost = (row: ReadColumn): string => `${row('outcome')} = 'lost'`
// A request that fetches a result did not generate it.
const isTimed = (row: ReadColumn): string =>
  `${row('outcome')} = 'complete' AND ${row('output_tokens')} > 0
    AND ${row('endpoint')} NOT LIKE '%/{id}' AND ${row('endpoint')} NOT LIKE '%/results'`
const isCompared = (row: ReadColumn): string =>
  `${row('cost_basis')} = 'reported' AND ${row('computed_ticks')} IS NOT NULL`

/**
 * The measures: column of `rollups` and its summaries → a row's contribution. The view and the triggers that keep the
 * sums are generated from this table (`sums-sql.ts`); after a change, run `npm run migrations`. `rebuild.ts` defines
 * each sum a second time, so that `verify` can prove one by the other.
 */
export const MEASURES = measures({
  requests: { json: 'requests', adds: (row) => row('times') },
  failed: {
    json: 'failed',
    adds: (row) => `(${failedSql(row('outcome'))}) * ${row('times')}`,
  },
  aborted: { json: 'aborted', adds: (row) => `(${row('outcome')} = 'client_gone')` },
  input_tokens: { json: 'inputTokens', adds: sumOf('input_tokens') },
  cached_tokens: { json: 'cachedTokens', adds: sumOf('cached_tokens') },
  output_tokens: { json: 'outputTokens', adds: sumOf('output_tokens') },
  reasoning_tokens: { json: 'reasoningTokens', adds: sumOf('reasoning_tokens') },
  reported_ticks: { json: 'reportedTicks', adds: ofBasis('reported', 'cost_ticks') },
  computed_ticks: { json: 'computedTicks', adds: ofBasis('computed', 'cost_ticks') },
  estimated_ticks: { json: 'estimatedTicks', adds: ofBasis('estimated', 'cost_ticks') },
  /** Requests of unknown cost. */
  unknown_costs: { json: 'unknownCosts', adds: (row) => `(${row('cost_basis')} = 'unknown')` },
  /** Metrion's own time, over the requests whose times are known. `timed_requests` counts those. */
  own_ms: {
    json: 'overheadMs',
    adds: (row) => `iif(${isLost(row)}, 0, ${row('own_ms')})`,
    isLater: true,
  },
  /** Output tokens of complete answers, and (`timed_ms`) the time that those took. Speed is their ratio. */
  timed_tokens: {
    json: 'timedTokens',
    adds: (row) => `iif(${isTimed(row)}, ${row('output_tokens')}, 0)`,
    isLater: true,
  },
  timed_ms: {
    json: 'timedMs',
    adds: (row) => `iif(${isTimed(row)}, ${row('total_ms')}, 0)`,
    isLater: true,
  },
  /**
   * For requests that both xAI and our price table priced: xAI's cost, our cost (`listed_ticks`),
   * and their number (`compared_requests`).
   */
  compared_ticks: {
    json: 'comparedTicks',
    adds: (row) => `iif(${isCompared(row)}, ifnull(${row('cost_ticks')}, 0), 0)`,
    isLater: true,
  },
  listed_ticks: {
    json: 'listedTicks',
    adds: ofBasis('reported', 'computed_ticks'),
    isLater: true,
  },
  saved_ticks: { json: 'savedTicks', adds: sumOf('saved_ticks'), isLater: true },
  timed_requests: {
    json: 'timedRequests',
    adds: (row) => `(NOT ${isLost(row)})`,
    isLater: true,
  },
  compared_requests: {
    json: 'comparedRequests',
    adds: (row) => `(${isCompared(row)})`,
    isLater: true,
  },
  /** What budgets count for requests whose cost is unknown or still to come. */
  counted_ticks: {
    json: 'countedTicks',
    adds: (row) => `iif(${row('cost_ticks')} IS NULL, ifnull(${row('counted_ticks')}, 0), 0)`,
    isLater: true,
  },
  /** Requests that budgets of requests do not count. */
  uncounted: {
    json: 'uncounted',
    adds: (row) =>
      `(${row('outcome')} IN (${UNCOUNTED.map((one) => `'${one}'`).join(', ')})) * ${row('times')}`,
    isLater: true,
  },
  /** Requests that Metrion itself refused: they say nothing about xAI. */
  refused: {
    json: 'refused',
    adds: (row) => `(${row('outcome')} = 'refused') * ${row('times')}`,
    isLater: true,
  },
  /** The part of the cost that is billed to keys that callers sent: it is not on the bill of the account's key. */
  pass_through_ticks: {
    json: 'passThroughTicks',
    adds: (row) => `iif(${row('mode')} = 'pass-through', ifnull(${row('cost_ticks')}, 0), 0)`,
    isLater: true,
  },
  /** Requests that never ended, as far as is known: their own rows may still come. A part of `failed`. */
  lost: { json: 'lost', adds: (row) => `(${isLost(row)})`, isLater: true },
  /** Requests whose bill comes with another one. */
  deferred: {
    json: 'deferred',
    adds: (row) => `(${row('cost_basis')} = 'deferred')`,
    isLater: true,
  },
})

export type MeasureColumn = keyof typeof MEASURES
export const MEASURE_COLUMNS = Object.keys(MEASURES) as MeasureColumn[]
export const measureOf = (column: MeasureColumn): Measure => MEASURES[column]

/** Column → name in the API. */
export const SUMS = Object.fromEntries(
  Object.entries(MEASURES).map(([column, { json }]) => [column, json]),
) as { readonly [C in MeasureColumn]: (typeof MEASURES)[C]['json'] }

/**
 * Histogram column → the row's time. Bucket b counts requests that took from 1.1^b up to 1.1^(b+1) ms. Lost
 * requests have no times.
 */
export const HISTOGRAM_TIMES = {
  first_byte_histogram: 'first_byte_ms',
  total_histogram: 'total_ms',
} as const
export const HISTOGRAMS = ['first_byte_histogram', 'total_histogram'] as const
