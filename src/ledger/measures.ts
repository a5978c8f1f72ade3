import { failedSql } from './outcomes.ts'

/** A column of a row, as SQL: by itself in the view of all rows, of OLD or NEW in a trigger. */
export type ReadColumn = (column: string) => string

interface Measure {
  /** What readers call it. */
  json: string
  /** What a row adds to it, as SQL; never NULL. */
  adds: (row: ReadColumn) => string
  /** Its column came when there were sums already, in which it is 0. Every new one is later. */
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
// What fetches a result did not make it.
const isTimed = (row: ReadColumn): string =>
  `${row('outcome')} = 'complete' AND ${row('output_tokens')} > 0
    AND ${row('endpoint')} NOT LIKE '%/{id}' AND ${row('endpoint')} NOT LIKE '%/results'`
const isCompared = (row: ReadColumn): string =>
  `${row('cost_basis')} = 'reported' AND ${row('computed_ticks')} IS NOT NULL`

/**
 * What is summed up of requests: a column of `rollups` and of all that is made of them → what a row adds. The view
 * and the triggers that keep the sums follow from it (`sums-sql.ts`); after a change, `npm run migrations`. `verify`
 * and `rebuild` say each sum a second time, so that one proves the other (`rebuild.ts`).
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
  /** Requests whose cost is not known at all. */
  unknown_costs: { json: 'unknownCosts', adds: (row) => `(${row('cost_basis')} = 'unknown')` },
  /** Metrion's own share of the requests whose times are known; `timed_requests`: how many those are. */
  own_ms: {
    json: 'overheadMs',
    adds: (row) => `iif(${isLost(row)}, 0, ${row('own_ms')})`,
    isLater: true,
  },
  /** Output tokens of complete answers, and how long those took: what speed is told by. */
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
  /** What xAI reported for requests that our own table prices, too, what they cost by it, and how many those are. */
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
})

export type MeasureColumn = keyof typeof MEASURES
export const MEASURE_COLUMNS = Object.keys(MEASURES) as MeasureColumn[]
export const measureOf = (column: MeasureColumn): Measure => MEASURES[column]

/** Column that is added up → what readers call it. */
export const SUMS = Object.fromEntries(
  Object.entries(MEASURES).map(([column, { json }]) => [column, json]),
) as { readonly [C in MeasureColumn]: (typeof MEASURES)[C]['json'] }

/**
 * How many requests took about so long: column → the time of a row. A bucket b holds times of 1.1^b up to
 * 1.1^(b+1) ms; requests that were lost have no times.
 */
export const HISTOGRAM_TIMES = {
  first_byte_histogram: 'first_byte_ms',
  total_histogram: 'total_ms',
} as const
export const HISTOGRAMS = ['first_byte_histogram', 'total_histogram'] as const
