import { SUMS } from '../../ledger/measures.ts'
import { firstUuid } from '../../http/uuid.ts'
import { startsOf, type UsageQuery } from './input.ts'
import {
  filterParams,
  cubeFor,
  histogramSql,
  KEYS,
  MOST_CELLS,
  partsSql,
  sumsSql,
  type Sums,
} from './sql.ts'
import { planCut, planSpans, type Span, type StaleSums } from './plan.ts'

/** The sums of one key in one bin. The key is '' for requests without one, and for all if there is no grouping. */
export type Cell = Sums & { bin: number; key: string }

/** The number of requests of one key in one bin whose time is in a bucket; buckets as in `rollups`. */
export interface Bucket {
  bin: number
  key: string
  bucket: number
  requests: number
}

export interface Usage {
  starts: number[]
  cells: Cell[]
  /** The number of cells. If more than were read, those that were read are the most expensive. */
  count: number
  firstByte: Bucket[]
  total: Bucket[]
}

/** The histograms that can be read in addition to the sums. */
const LATENCIES = { firstByte: 'first_byte_histogram', total: 'total_histogram' } as const
export type Latency = keyof typeof LATENCIES
export const BOTH: readonly Latency[] = ['firstByte', 'total']

const MEASURES: readonly (keyof Sums)[] = Object.values(SUMS)
export const NOTHING = Object.fromEntries(MEASURES.map((field) => [field, 0])) as Sums

/**
 * The parts of a usage to read. Each value from D1 costs CPU time to turn into a JavaScript value; Free has 10
 * ms.
 */
export interface Reading {
  /** Each of them costs as much as all the sums. */
  latencies?: readonly Latency[]
  /** At most this many cells, the most expensive. */
  most?: number
  /** The measures to read. The others are 0. */
  measures?: readonly (keyof Sums)[]
}

/** All buckets of one key in one bin, as JSON: one value from D1 instead of dozens. */
interface Histogram {
  bin: number
  key: string
  histogram: string
}

const bucketsIn = ({ bin, key, histogram }: Histogram): Bucket[] =>
  Object.entries(JSON.parse(histogram) as Record<string, number>).map(([bucket, requests]) => ({
    bin,
    key,
    bucket: Number(bucket),
    requests,
  }))

/** The hours and days of an account that are not summed up yet. */
export async function readStale(ledger: D1Database, accountId: string): Promise<StaleSums> {
  const { results } = await ledger
    .prepare('SELECT kind, start_ms AS startMs FROM unfolded WHERE account_id = ?1')
    .bind(accountId)
    .all<{ kind: 'hour' | 'day'; startMs: number }>()
  const of = (kind: 'hour' | 'day'): Set<number> =>
    new Set(results.filter((row) => row.kind === kind).map((row) => row.startMs))
  return { hours: of('hour'), days: of('day') }
}

/** A query of the sums, and the parts of it to read. */
export interface Asked {
  query: UsageQuery
  reading?: Reading
}

/** Reads a single usage. */
export async function readUsage(
  ledger: D1Database,
  accountId: string,
  query: UsageQuery,
  reading: Reading = {},
): Promise<Usage> {
  const [usage] = await readUsages(ledger, accountId, [{ query, reading }])
  return usage
}

/**
 * An account's sums by time and by key. All sums are read at one moment, so that they agree: a row written
 * meanwhile is in all of them or in none. Two calls to D1 for any number of reads: each call is a turn of
 * JavaScript.
 */
export async function readUsages<const T extends readonly Asked[]>(
  ledger: D1Database,
  accountId: string,
  reads: T,
): Promise<{ [K in keyof T]: Usage }> {
  const { usages } = await readUsagesBeside(ledger, accountId, reads, [])
  return usages as { [K in keyof T]: Usage }
}

/** The same, together with the rows of other statements. */
export async function readUsagesBeside(
  ledger: D1Database,
  accountId: string,
  reads: readonly Asked[],
  others: readonly D1PreparedStatement[],
): Promise<{ usages: Usage[]; beside: unknown[][] }> {
  const stale = await readStale(ledger, accountId)
  const plans = reads.map(({ query, reading = {} }) => planUsage(query, reading, stale))
  const statements = plans.flatMap(({ sqls, spans }, index) =>
    sqls.map((sql) =>
      ledger.prepare(sql).bind(accountId, spans, ...filterParams(reads[index]!.query)),
    ),
  )
  const results = (await ledger.batch([...statements, ...others])).map((result) => result.results)
  let at = 0
  const usages = plans.map(({ sqls, toUsage }) => toUsage(results.slice(at, (at += sqls.length))))
  return { usages, beside: results.slice(at) }
}

interface UsagePlan {
  /** The query of the sums, then one of each latency. */
  sqls: string[]
  spans: string
  toUsage: (results: readonly unknown[][]) => Usage
}

function planUsage(
  query: UsageQuery,
  { latencies = [], most = MOST_CELLS, measures = MEASURES }: Reading,
  stale: StaleSums,
): UsagePlan {
  const { beforeMs, interval, groupBy, endMs } = query
  const starts = startsOf(query)
  const byLabel = groupBy === 'requester' || query.requester.length > 0
  const byModel =
    groupBy === 'model' || groupBy === 'token' || query.model.length > 0 || query.token.length > 0
  // Hourly summaries are kept either by requester, or by model and token.
  const byAll = byLabel && byModel
  const isFine = interval === '5min' || query.isFine === true
  const spans: Span[] = isFine
    ? starts.map((startMs, bin) => ({
        source: 'row',
        bin,
        startMs,
        endMs: starts[bin + 1] ?? beforeMs,
      }))
    : endMs === undefined
      ? planSpans(starts, beforeMs, stale, byAll ? 'days' : 'hours')
      : planCut(starts, endMs, stale, byAll ? 'days' : 'hours')
  const parts = partsSql(
    { ...query, isFine },
    byAll ? cubeFor(query) : byLabel ? '_label' : byModel ? '' : '_all',
  )
  const key = groupBy ? KEYS[groupBy] : null
  return {
    sqls: [
      sumsSql(parts, key, measures, most),
      ...latencies.map((latency) => histogramSql(parts, key, LATENCIES[latency])),
    ],
    spans: spansJson(spans),
    toUsage: ([cells = [], ...histograms]) => {
      const found = cells as (Cell & { count: number })[]
      const bucketsOf = (latency: Latency): Bucket[] =>
        ((histograms[latencies.indexOf(latency)] ?? []) as Histogram[]).flatMap(bucketsIn)
      return {
        starts,
        cells:
          measures.length === MEASURES.length
            ? found
            : found.map((cell) => ({ ...NOTHING, ...cell })),
        count: found[0]?.count ?? 0,
        firstByte: bucketsOf('firstByte'),
        total: bucketsOf('total'),
      }
    },
  }
}

/** [source, bin, start, end]; rows are found by their IDs. */
export const spansJson = (spans: readonly Span[]): string =>
  JSON.stringify(
    spans.map(({ source, bin, startMs, endMs }) =>
      source === 'row'
        ? [source, bin, firstUuid(startMs), firstUuid(endMs)]
        : [source, bin, startMs, endMs],
    ),
  )
