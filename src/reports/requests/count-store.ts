import { HOUR_MS } from '../../http/time.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { OTHERS } from '../../ledger/rollups/others.ts'
import { GROUPS } from '../usage/input.ts'
import { hourOf } from '../usage/bins.ts'
import { addUp, COSTS, costOf } from '../usage/present.ts'
import type { Sums } from '../usage/sql.ts'
import { readUsages } from '../usage/store.ts'
import { COLUMN, type RequestFilter } from './filter.ts'
import { countRequests, SEARCHED_ROWS, type RequestCount } from './store.ts'

/** The filters that the hourly sums tell apart. */
const SUMMED: readonly string[] = ['from', 'to', ...GROUPS]

/** Whether the hourly sums have what matches a filter, but for the hours at both ends of its range. */
function isSummed(filter: RequestFilter): boolean {
  const others = Object.keys(COLUMN).filter(
    (name) => !SUMMED.includes(name),
  ) as (keyof typeof COLUMN)[]
  const { status, tag, costAbove, slowerThanMs, q } = filter
  return (
    others.every((name) => filter[name].length === 0) &&
    status.length + tag.length === 0 &&
    costAbove === undefined &&
    slowerThanMs === undefined &&
    q === undefined
  )
}

/** The account's oldest request, and up to when the sums no longer have all their rows. */
async function readEdges(
  ledger: D1Database,
  accountId: string,
): Promise<{ oldestMs: number; prunedMs: number } | null> {
  const row = await ledger
    .prepare(
      `SELECT (SELECT before_ms FROM pruned WHERE account_id = ?1) AS prunedMs,
         (SELECT id FROM requests WHERE account_id = ?1 ORDER BY id LIMIT 1) AS id`,
    )
    .bind(accountId)
    .first<{ prunedMs: number | null; id: string | null }>()
  return row?.id == null ? null : { oldestMs: timeOfUuid(row.id), prunedMs: row.prunedMs ?? 0 }
}

/** The sums of whole hours. Null: some requesters share a sum, so that one of them cannot be told apart. */
async function sumHours(
  ledger: D1Database,
  accountId: string,
  { model, requester, token }: RequestFilter,
  range: { fromMs: number; beforeMs: number },
): Promise<Sums | null> {
  const query = { ...range, zone: 'UTC', model, requester, token }
  const reading = { measures: ['requests', 'failed', ...COSTS] } as const
  const [usage, others] = await readUsages(ledger, accountId, [
    { query, reading },
    { query: { ...query, requester: [OTHERS] }, reading },
  ])
  const isShared = requester.length > 0 && others.cells.some(({ requests }) => requests > 0)
  return isShared ? null : addUp(usage.cells)
}

/**
 * The number and cost of matching requests. More than a page may search are counted by the hourly sums, if those have
 * what is asked for, and the requests of the hours at both ends of the range.
 */
export async function countAll(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  searchedRows = SEARCHED_ROWS,
): Promise<RequestCount> {
  const newest = await countRequests(ledger, accountId, filter, { searchedRows })
  if (newest.isAll || !isSummed(filter)) return newest
  const edges = await readEdges(ledger, accountId)
  if (edges === null) return newest
  const from = Math.max(filter.from ?? 0, edges.oldestMs)
  const to = filter.to ?? Date.now() + HOUR_MS
  // Of pruned hours, what is left or restored is counted by itself.
  const fromMs = Math.max(hourOf(from + HOUR_MS - 1), edges.prunedMs)
  const beforeMs = hourOf(to)
  if (fromMs >= beforeMs) return newest
  const edge = (range: { from: number; to: number }): Promise<RequestCount> =>
    countRequests(ledger, accountId, { ...filter, ...range }, { searchedRows })
  const [before, after, sums] = await Promise.all([
    edge({ from, to: fromMs }),
    edge({ from: beforeMs, to }),
    sumHours(ledger, accountId, filter, { fromMs, beforeMs }),
  ])
  if (!before.isAll || !after.isAll || sums === null) return newest
  return {
    requests: before.requests + sums.requests + after.requests,
    failed: before.failed + sums.failed + after.failed,
    costTicks: before.costTicks + costOf(sums) + after.costTicks,
    isAll: true,
  }
}
