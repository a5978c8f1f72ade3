import { columnOf, FIELDS, type Field } from '../../ledger/columns.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { failedSql } from '../../ledger/outcomes.ts'
import { ENTRY_COLUMNS } from '../../ledger/sql.ts'
import { readWorkState, type AsyncJobState } from '../../ledger/async-jobs/store.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { toCondition } from './condition.ts'
import { requestFilter, type RequestFilter } from './filter.ts'
import type { Order } from './sort.ts'

/** A request as it is stored. */
export type RequestRow = Omit<LedgerEntry, 'v'>

/** A row as D1 returns it. */
export type StoredRow = Record<Field, string | number | null>

const FLAGS = FIELDS.filter((field) => columnOf(field).type === 'flag')
const OBJECTS = FIELDS.filter((field) => ['counts', 'texts'].includes(String(columnOf(field).type)))

/** Converts the values in place, without a copy: there may be thousands of rows. */
export function toRow(stored: StoredRow): RequestRow {
  const row: Record<string, unknown> = stored
  for (const field of FLAGS) row[field] = row[field] === 1
  for (const field of OBJECTS) {
    const json = stored[field]
    row[field] = typeof json === 'string' ? JSON.parse(json) : null
  }
  return row as unknown as RequestRow
}

/** Matches all requests of the account. */
export const EVERYTHING: RequestFilter = requestFilter.parse({})

export interface RequestPage {
  requests: RequestRow[]
  /** The ID to continue after. Null: this was all. */
  nextCursor: string | null
}

/**
 * The most rows that one page reads. A filter without an index finds only the matches among them, and the next
 * page continues after them. So no page is slow, however rare the matches.
 */
export const SEARCHED_ROWS = 20_000

/** The newest first (or the oldest), starting after `cursor`. May have fewer than `limit` although there are more. */
export async function listRequests(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  limit: number,
  cursor: string | null,
  { searchedRows = SEARCHED_ROWS, order = 'desc' }: { searchedRows?: number; order?: Order } = {},
): Promise<RequestPage> {
  const between = order === 'desc' ? { before: cursor } : { after: cursor }
  const { scan, scanParams, where, params } = toCondition(accountId, filter, between)
  const walk = `${scan} ORDER BY id ${order} LIMIT`
  // In one transaction: a row inserted in between must not shift the rows that the second statement counts.
  const [found, oldest] = await ledger.batch([
    ledger
      .prepare(
        // The inner order is kept: SQLite walks a subquery with its own LIMIT as it is.
        where === null
          ? `SELECT ${ENTRY_COLUMNS} ${walk} ${limit + 1}`
          : `SELECT ${ENTRY_COLUMNS} FROM (SELECT * ${walk} ${searchedRows}) WHERE ${where} LIMIT ${limit + 1}`,
      )
      .bind(...params),
    // The oldest row that was read and, if there is one, the row after it.
    ...(where === null
      ? []
      : [ledger.prepare(`SELECT id ${walk} 2 OFFSET ${searchedRows - 1}`).bind(...scanParams)]),
  ])
  const rows = (found?.results ?? []) as StoredRow[]
  const requests = rows.slice(0, limit).map(toRow)
  if (rows.length > limit) return { requests, nextCursor: requests.at(-1)?.id ?? null }
  const ids = (oldest?.results ?? []) as { id: string }[]
  return { requests, nextCursor: ids.length === 2 ? ids[0]!.id : null }
}

export interface RequestCount {
  requests: number
  failed: number
  costTicks: number
  /** False: only the newest rows were counted; there are older ones that were not read. */
  isAll: boolean
}

/**
 * The number and cost of matching requests, among the newest rows that the filter's index walks. `after`: only
 * those newer than this ID.
 */
export async function countRequests(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  { after = null as string | null, searchedRows = SEARCHED_ROWS } = {},
): Promise<RequestCount> {
  const { scan, where, params } = toCondition(accountId, filter, { after })
  const counted = await ledger
    .prepare(
      `SELECT ifnull(sum(times) FILTER (WHERE asked), 0) AS requests,
         ifnull(sum(times) FILTER (WHERE asked AND ${failedSql()}), 0) AS failed,
         ifnull(sum(cost_ticks) FILTER (WHERE asked), 0) AS costTicks, count(*) AS searched
       FROM (SELECT *, ${where ?? 'true'} AS asked ${scan} ORDER BY id DESC LIMIT ${searchedRows})`,
    )
    .bind(...params)
    .first<Omit<RequestCount, 'isAll'> & { searched: number }>()
  const { searched, ...sums } = counted ?? { requests: 0, failed: 0, costTicks: 0, searched: 0 }
  return { ...sums, isAll: searched < searchedRows }
}

export async function findRequest(
  ledger: D1Database,
  accountId: string,
  id: string,
): Promise<RequestRow | null> {
  const found = await ledger
    .prepare(`SELECT ${ENTRY_COLUMNS} FROM requests WHERE account_id = ?1 AND id = ?2`)
    .bind(accountId, id)
    .first<StoredRow>()
  return found && toRow(found)
}

const WITH_WORK: ReadonlySet<RequestRow['costBasis']> = new Set([
  'deferred',
  'estimated',
  'unknown',
])

/** The state of the async job that a request started. `responseId` is the ID of that job, if there is one. */
export const workOfRequest = (
  ledger: D1Database,
  accountId: string,
  { responseId, costBasis }: RequestRow,
): Promise<AsyncJobState | null> | null =>
  responseId !== null && WITH_WORK.has(costBasis)
    ? readWorkState(ledger, accountId, responseId)
    : null

/** The newest request. Null: there is none, or the ledger is down, which must not block a page. */
export async function latestRequest(
  ledger: D1Database,
  accountId: string,
): Promise<RequestRow | null> {
  try {
    const { requests } = await listRequests(ledger, accountId, EVERYTHING, 1, null)
    return requests[0] ?? null
  } catch (error) {
    console.error('ledger not read', String(error))
    return null
  }
}

/** Whether there has been a request, even one that is older than the retention period. */
export async function hasHadRequests(ledger: D1Database, accountId: string): Promise<boolean> {
  try {
    const sql = 'SELECT 1 FROM rollups WHERE account_id = ? LIMIT 1'
    return (await ledger.prepare(sql).bind(accountId).first()) !== null
  } catch (error) {
    console.error('ledger not read', String(error))
    return true
  }
}

const USED = {
  token: { column: 'token_id', index: 'requests_by_token' },
  requester: { column: 'label', index: 'requests_by_label' },
} as const

/** The time of the last use of each value. Missing: it was never used, or the ledger is down. */
export async function lastUses(
  ledger: D1Database,
  accountId: string,
  of: keyof typeof USED,
  values: readonly string[],
): Promise<Map<string, number>> {
  if (values.length === 0) return new Map()
  const { column, index } = USED[of]
  try {
    // The index has to be named: without statistics the planner walks the account's newest rows instead.
    const { results } = await ledger
      .prepare(
        `SELECT value, (SELECT id FROM requests INDEXED BY ${index}
           WHERE account_id = ?1 AND ${column} = value ORDER BY id DESC LIMIT 1) AS id
         FROM json_each(?2)`,
      )
      .bind(accountId, JSON.stringify(values))
      .all<{ value: string; id: string | null }>()
    return new Map(
      results.flatMap(({ value, id }) => (id === null ? [] : [[value, timeOfUuid(id)]])),
    )
  } catch (error) {
    console.error('ledger not read', String(error))
    return new Map()
  }
}
