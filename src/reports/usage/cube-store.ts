// Sums by model, token and requester at once, of several periods.
import { SUMS } from '../../ledger/measures.ts'
import { planSpans, type Summed } from './plan.ts'
import { filterParams, partsSql, cubeFor, type Suffix, type Sums } from './sql.ts'
import type { UsageQuery } from './input.ts'
import { readStale, spansJson } from './store.ts'

/** The sums of one requester's requests with one token to one model, of one period. */
export interface CubeCell extends Sums {
  /** The place of the period's start in `starts`. */
  bin: number
  model: string
  requester: string
  token: string
}

export interface CubeQuery extends Pick<UsageQuery, 'model' | 'requester' | 'token'> {
  /** The start of each period, at full hours. */
  starts: readonly number[]
  beforeMs: number
}

const KEYS = 'bin, model, label AS requester, token_id AS token'
const MEASURES = Object.entries(SUMS).map(([column, field]) => `sum(${column}) AS ${field}`)

/** The sums of periods as rows (`parts`), and the values of the parameters. */
async function plan(
  ledger: D1Database,
  accountId: string,
  { starts, beforeMs, model, requester, token }: CubeQuery,
  from: { suffix: Suffix; summed: Summed } | null,
): Promise<{ parts: string; values: unknown[] }> {
  const query = { fromMs: starts[0] ?? beforeMs, beforeMs, zone: 'UTC', model, requester, token }
  const { suffix, summed } = from ?? { suffix: cubeFor(query), summed: 'days' }
  const spans = planSpans(starts, beforeMs, await readStale(ledger, accountId), summed)
  return {
    parts: partsSql(query, suffix),
    values: [accountId, spansJson(spans), ...filterParams(query)],
  }
}

/** The cells after the first `offset`, in order; at most `most`. */
export async function readCube(
  ledger: D1Database,
  accountId: string,
  query: CubeQuery,
  { offset, most }: { offset: number; most: number },
): Promise<CubeCell[]> {
  const { parts, values } = await plan(ledger, accountId, query, null)
  const { results } = await ledger
    .prepare(
      `SELECT ${KEYS}, ${MEASURES.join(', ')} FROM (${parts})
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3 LIMIT ${most} OFFSET ${offset}`,
    )
    .bind(...values)
    .all<CubeCell>()
  return results
}

/** Requests by bucket of their times, as JSON. */
interface Times {
  firstByte: string
  total: string
}

const histogram = (column: string, requester: string): string =>
  `SELECT ${requester} AS requester, model, token_id AS token, json_group_object(bucket, requests) AS histogram FROM (
     SELECT ${requester === 'label' ? 'part.label' : "'' AS label"}, part.model, part.token_id, bucket.key AS bucket, sum(bucket.value) AS requests
     FROM parts AS part, json_each(part.${column}) AS bucket GROUP BY 1, 2, 3, 4) GROUP BY 1, 2, 3`

/**
 * The dearest cells of one period with their times: by model and token, and by requester if that is asked for, which
 * is read from other sums.
 */
export async function readCubeWithTimes(
  ledger: D1Database,
  accountId: string,
  query: CubeQuery,
  { isByRequester, most }: { isByRequester: boolean; most: number },
): Promise<(CubeCell & Times)[]> {
  const from = isByRequester ? null : ({ suffix: '', summed: 'hours' } as const)
  const { parts, values } = await plan(ledger, accountId, query, from)
  const requester = isByRequester ? 'label' : `''`
  const { results } = await ledger
    .prepare(
      `WITH parts AS MATERIALIZED (${parts}),
       sums AS (SELECT 0 AS bin, model, ${requester} AS requester, token_id AS token, ${MEASURES.join(', ')}
         FROM parts GROUP BY 2, 3, 4
         ORDER BY sum(reported_ticks + computed_ticks + estimated_ticks) DESC, sum(requests) DESC LIMIT ${most}),
       first AS (${histogram('first_byte_histogram', requester)}),
       last AS (${histogram('total_histogram', requester)})
       SELECT sums.*, ifnull(first.histogram, '{}') AS firstByte, ifnull(last.histogram, '{}') AS total
       FROM sums LEFT JOIN first USING (requester, model, token) LEFT JOIN last USING (requester, model, token)`,
    )
    .bind(...values)
    .all<CubeCell & Times>()
  return results
}
