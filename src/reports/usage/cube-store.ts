// Sums by model, token and requester at once, of several periods.
import { HISTOGRAMS, SUMS } from '../../ledger/measures.ts'
import { planSpans, type StaleSums, type Summed } from './plan.ts'
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

const MEASURES = Object.entries(SUMS).map(([column, field]) => `sum(${column}) AS ${field}`)

/** The sums of periods as rows (`parts`), and the values of the parameters. */
function plan(
  accountId: string,
  { starts, beforeMs, model, requester, token }: CubeQuery,
  stale: StaleSums,
  from: { suffix: Suffix; summed: Summed } | null,
): { parts: string; values: unknown[] } {
  const query = { fromMs: starts[0] ?? beforeMs, beforeMs, zone: 'UTC', model, requester, token }
  const { suffix, summed } = from ?? { suffix: cubeFor(query), summed: 'days' }
  const spans = planSpans(starts, beforeMs, stale, summed)
  return {
    parts: partsSql(query, suffix),
    values: [accountId, spansJson(spans), ...filterParams(query)],
  }
}

/** The next cells after one, in order of period, model, token and requester; at most `most`. */
export async function readCube(
  ledger: D1Database,
  accountId: string,
  query: CubeQuery,
  { stale, after, most }: { stale: StaleSums; after: CubeCell | null; most: number },
): Promise<CubeCell[]> {
  const { parts, values } = plan(accountId, query, stale, null)
  const key = after && [after.bin, after.model, after.token, after.requester]
  const { results } = await ledger
    .prepare(
      `SELECT bin, model, label AS requester, token_id AS token, ${MEASURES.join(', ')} FROM (${parts})
       WHERE ?6 IS NULL OR (bin, model, token_id, label) > (?6 ->> 0, ?6 ->> 1, ?6 ->> 2, ?6 ->> 3)
       GROUP BY 1, 2, 4, 3 ORDER BY 1, 2, 4, 3 LIMIT ${most}`,
    )
    .bind(...values, key && JSON.stringify(key))
    .all<CubeCell>()
  return results
}

/** Requests by bucket of their times. */
export type Times = Readonly<Record<string, number>>

/** A cell of one period, with the number of cells that there are. */
export type TimedCell = CubeCell & { firstByte: Times; total: Times; cells: number }

/** Histograms of a group as D1 has them, added up. */
function addedUp(json: string): Times {
  const sums: Record<string, number> = {}
  for (const one of JSON.parse(json) as string[])
    for (const [bucket, requests] of Object.entries(JSON.parse(one) as Times))
      sums[bucket] = (sums[bucket] ?? 0) + requests
  return sums
}

/**
 * The dearest cells of one period with their times: by model and token, and by requester if that is asked for, which
 * is read from other sums. D1 counts each row that is read, of JSON too: histograms are added up here.
 */
export async function readTimedCube(
  ledger: D1Database,
  accountId: string,
  query: CubeQuery,
  { isByRequester, most }: { isByRequester: boolean; most: number },
): Promise<TimedCell[]> {
  const from = isByRequester ? null : ({ suffix: '', summed: 'hours' } as const)
  const stale = await readStale(ledger, accountId)
  const { parts, values } = plan(accountId, query, stale, from)
  const requester = isByRequester ? 'label' : `''`
  const [firstByte, total] = HISTOGRAMS.map((column) => `json_group_array(${column})`)
  const { results } = await ledger
    .prepare(
      `SELECT 0 AS bin, model, ${requester} AS requester, token_id AS token, ${MEASURES.join(', ')},
         ${firstByte} AS firstByte, ${total} AS total, count(*) OVER () AS cells
       FROM (${parts}) GROUP BY 2, 3, 4
       ORDER BY sum(reported_ticks + computed_ticks + estimated_ticks) DESC, sum(requests) DESC LIMIT ${most}`,
    )
    .bind(...values)
    .all<Omit<TimedCell, 'firstByte' | 'total'> & { firstByte: string; total: string }>()
  return results.map((row) => ({
    ...row,
    firstByte: addedUp(row.firstByte),
    total: addedUp(row.total),
  }))
}
