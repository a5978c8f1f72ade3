import { HISTOGRAMS, SUMS } from '../ledger/fold.ts'
import { firstUuid } from '../ledger/uuid.ts'
import { GROUPS, startsOf, type GroupBy, type TimeQuery, type UsageQuery } from './input.ts'
import { planPieces, type Piece, type Unfolded } from './plan.ts'

/** Of any number of requests. */
export type Sums = Record<(typeof SUMS)[keyof typeof SUMS], number>

/** The sums of one key in one bin. The key is '' for what has none, and where nothing is told apart. */
export type Cell = Sums & { bin: number; key: string }

/** How many requests of one key took about so long, in one bin; buckets as in `rollups`. */
export interface Bucket {
  bin: number
  key: string
  bucket: number
  requests: number
}

export interface Usage {
  starts: number[]
  cells: Cell[]
  /** There are more cells than are read: these are the dearest. */
  isCut: boolean
  firstByte: Bucket[]
  total: Bucket[]
}

/** What is asked for besides the sums; each of them costs as much as all of those. */
const LATENCIES = { firstByte: 'first_byte_histogram', total: 'total_histogram' } as const
export type Latency = keyof typeof LATENCIES
export const BOTH: readonly Latency[] = ['firstByte', 'total']

/** What an isolate can hold many times over. */
export const MOST_CELLS = 20_000
const MOST_BUCKETS = 200_000

const KEYS = { model: 'model', requester: 'label', token: 'token_id' } as const

async function readUnfolded(ledger: D1Database, accountId: string): Promise<Unfolded> {
  const { results } = await ledger
    .prepare('SELECT kind, start_ms AS startMs FROM unfolded WHERE account_id = ?1')
    .bind(accountId)
    .all<{ kind: 'hour' | 'day'; startMs: number }>()
  const of = (kind: 'hour' | 'day'): Set<number> =>
    new Set(results.filter((row) => row.kind === kind).map((row) => row.startMs))
  return { hours: of('hour'), days: of('day') }
}

/**
 * An account's sums by time and by key. All that it reads is of one moment, so that its parts fit; what
 * is written meanwhile is in all of them or in none.
 */
export async function readUsage(
  ledger: D1Database,
  accountId: string,
  query: UsageQuery,
  latencies: readonly Latency[] = [],
): Promise<Usage> {
  const { beforeMs, interval, groupBy } = query
  const starts = startsOf(query)
  const byLabel = groupBy === 'requester' || query.requester.length > 0
  const byModel =
    groupBy === 'model' || groupBy === 'token' || query.model.length > 0 || query.token.length > 0
  // Summed-up hours tell apart either requesters, or models and tokens.
  const byAll = byLabel && byModel
  const unfolded = await readUnfolded(ledger, accountId)
  const isFine = interval === '5min' || query.isFine === true
  const pieces: Piece[] = isFine
    ? starts.map((startMs, bin) => ({
        source: 'row',
        bin,
        startMs,
        endMs: starts[bin + 1] ?? beforeMs,
      }))
    : planPieces(starts, beforeMs, unfolded, byAll ? 'days' : 'hours')
  const parts = partsSql(
    { ...query, isFine },
    byAll ? cubeFor(query) : byLabel ? '_label' : byModel ? '' : '_all',
  )
  const key = groupBy ? KEYS[groupBy] : `''`
  const sums = Object.entries(SUMS).map(([column, field]) => `sum(${column}) AS ${field}`)
  const statements = [
    `SELECT bin, ${key} AS key, ${sums.join(', ')} FROM (${parts}) GROUP BY 1, 2
     ORDER BY sum(reported_ticks + computed_ticks + estimated_ticks) DESC LIMIT ${MOST_CELLS + 1}`,
    ...latencies
      .map((latency) => LATENCIES[latency])
      .map(
        (column) => `SELECT part.bin AS bin, ${groupBy ? `part.${key}` : key} AS key,
          CAST(bucket.key AS INTEGER) AS bucket, sum(bucket.value) AS requests
        FROM (${parts}) AS part, json_each(part.${column}) AS bucket GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT ${MOST_BUCKETS}`,
      ),
  ]
  const [cells, ...histograms] = await ledger.batch(
    statements.map((sql) =>
      ledger.prepare(sql).bind(accountId, toJson(pieces), ...askedParams(query)),
    ),
  )
  const bucketsOf = (latency: Latency): Bucket[] =>
    (histograms[latencies.indexOf(latency)]?.results ?? []) as Bucket[]
  const found = (cells?.results ?? []) as Cell[]
  return {
    starts,
    cells: found.slice(0, MOST_CELLS),
    isCut: found.length > MOST_CELLS,
    firstByte: bucketsOf('firstByte'),
    total: bucketsOf('total'),
  }
}

/** [source, bin, where it begins, where it ends]; requests are found by their ids. */
const toJson = (pieces: readonly Piece[]): string =>
  JSON.stringify(
    pieces.map(({ source, bin, startMs, endMs }) =>
      source === 'row'
        ? [source, bin, firstUuid(startMs), firstUuid(endMs)]
        : [source, bin, startMs, endMs],
    ),
  )

/** Of the kinds of `summaries`. */
type Suffix = '' | '_label' | '_all' | '_cube' | '_turned'

/** Its key begins with the requester, or turned, with the model. */
const cubeFor = ({ model, requester }: UsageQuery): Suffix =>
  model.length > 0 && requester.length === 0 ? '_turned' : '_cube'

/** What is asked of a row, whose columns these are; the values are the parameters ?3 to ?5, as `askedParams`. */
export const askedSql = (query: TimeQuery, columns: Record<GroupBy, string>): string =>
  [
    ...GROUPS.flatMap((by, index) =>
      query[by].length > 0
        ? [`AND ${columns[by]} IN (SELECT value FROM json_each(?${index + 3}))`]
        : [],
    ),
    // A parameter that the text does not name is refused.
    'AND coalesce(?3, ?4, ?5) IS NOT NULL',
  ].join(' ')

export const askedParams = (query: TimeQuery): string[] =>
  GROUPS.map((by) => JSON.stringify(query[by]))

/** All sums of the pieces (?2) of an account (?1), as rows; ?3 to ?5 are the values asked for. */
function partsSql(query: UsageQuery, suffix: Suffix): string {
  const asked = askedSql(query, { model: 's.model', requester: 's.label', token: 's.token_id' })
  const columns = [...Object.values(KEYS), ...Object.keys(SUMS), ...HISTOGRAMS]
  const part = (source: Piece['source'], from: string, on: string): string =>
    `SELECT p.value ->> 1 AS bin, ${columns.map((name) => `s.${name}`).join(', ')}
     FROM json_each(?2) AS p CROSS JOIN ${from} AS s ON s.account_id = ?1 AND ${on} ${asked}
     WHERE p.value ->> 0 = '${source}'`
  // The key begins with the label: those that are not by label have none.
  const noLabel = suffix === '' || suffix === '_all' ? `AND s.label = ''` : ''
  const others = columns.filter((name) => name !== 'model' && name !== 'label').join(', ')
  const summaries =
    suffix === '_turned'
      ? `(SELECT account_id, kind, start_ms, label AS model, model AS label, ${others} FROM summaries)`
      : 'summaries'
  const summed = (kind: 'day' | 'hour'): string =>
    part(kind, summaries, `s.kind = '${kind}${suffix}' AND s.start_ms = p.value ->> 2 ${noLabel}`)
  if (query.isFine)
    return part('row', 'rolled_up', 's.id >= p.value ->> 2 AND s.id < p.value ->> 3')
  return [
    summed('day'),
    summed('hour'),
    part('rollup', 'rollups', 's.hour_ms = p.value ->> 2'),
  ].join(' UNION ALL ')
}
