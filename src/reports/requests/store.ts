import { columnOf, FIELDS, type Field } from '../../ledger/columns.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { failedSql } from '../../ledger/outcomes.ts'
import { ENTRY_COLUMNS } from '../../ledger/sql.ts'
import { readWorkState, type AsyncJobState } from '../../ledger/async-jobs/store.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { requestFilter, toCondition, type RequestFilter } from './filter.ts'

/** A request as it is remembered. */
export type RequestRow = Omit<LedgerEntry, 'v'>

/** As D1 has it. */
export type StoredRow = Record<Field, string | number | null>

const FLAGS = FIELDS.filter((field) => columnOf(field).type === 'flag')
const COUNTS = FIELDS.filter((field) => columnOf(field).type === 'counts')

/** The same object, as JavaScript has its values: there may be thousands. */
export function toRow(stored: StoredRow): RequestRow {
  const row: Record<string, unknown> = stored
  for (const field of FLAGS) row[field] = row[field] === 1
  for (const field of COUNTS) {
    const json = stored[field]
    row[field] = typeof json === 'string' ? JSON.parse(json) : null
  }
  return row as unknown as RequestRow
}

/** No condition but the account. */
export const EVERYTHING: RequestFilter = requestFilter.parse({})

export interface RequestPage {
  requests: RequestRow[]
  /** The id to go on behind; null: this was all. */
  nextCursor: string | null
}

/**
 * The most rows that one page looks through. A filter that no index serves finds what it finds among
 * them, and the next page goes on behind them: no page is slow, however rare what it looks for.
 */
export const SEARCHED_ROWS = 20_000

/** Newest first, from right behind `cursor`. May hold fewer than `limit` though there are more. */
export async function listRequests(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  limit: number,
  cursor: string | null,
  searchedRows = SEARCHED_ROWS,
): Promise<RequestPage> {
  const { scan, scanParams, where, params } = toCondition(accountId, filter, { before: cursor })
  const walk = `${scan} ORDER BY id DESC LIMIT`
  // In one transaction: a row that comes in between must not shift what the second counts.
  const [found, oldest] = await ledger.batch([
    ledger
      .prepare(
        // The inner order holds: what has a limit of its own is walked as it is.
        where === null
          ? `SELECT ${ENTRY_COLUMNS} ${walk} ${limit + 1}`
          : `SELECT ${ENTRY_COLUMNS} FROM (SELECT * ${walk} ${searchedRows}) WHERE ${where} LIMIT ${limit + 1}`,
      )
      .bind(...params),
    // The oldest row that was looked at, where there is one behind it.
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
  /** False: only among the newest rows; there are older ones that were not looked at. */
  isAll: boolean
}

/**
 * How many there are and what they cost, among the newest rows that the filter's index walks; `after`:
 * only those newer than this id.
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

/** What has become of what a request began. Its row has the name of that work, where it has one. */
export const workOfRequest = (
  ledger: D1Database,
  accountId: string,
  { responseId, costBasis }: RequestRow,
): Promise<AsyncJobState | null> | null =>
  responseId !== null && WITH_WORK.has(costBasis)
    ? readWorkState(ledger, accountId, responseId)
    : null

/** The newest request. The ledger being down is no reason to withhold a page: then it is null, too. */
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

const USED = {
  token: { column: 'token_id', index: 'requests_by_token' },
  requester: { column: 'label', index: 'requests_by_label' },
} as const

/** When each was last used; not in the map where it never was, or the ledger is down. */
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

/** Every value that a filter can have, up to this many. */
const MOST_CHOICES = 200

export interface Choices {
  models: string[]
  requesters: string[]
}

/** The models and requesters there are, each found by one step through an index. */
export async function listChoices(ledger: D1Database, accountId: string): Promise<Choices> {
  const [models, requesters] = await ledger.batch<{ value: string }>(
    [
      distinctSql('requests_by_model', 'ifnull(model, requested_model)'),
      distinctSql('requests_by_label', 'label'),
    ].map((sql) => ledger.prepare(sql).bind(accountId)),
  )
  const values = (found: typeof models): string[] => found?.results.map(({ value }) => value) ?? []
  return { models: values(models), requesters: values(requesters) }
}

function distinctSql(index: string, column: string): string {
  const least = (condition: string): string =>
    `SELECT min(${column}) FROM requests INDEXED BY ${index} WHERE account_id = ?1 AND ${column} ${condition}`
  return `WITH RECURSIVE found (value) AS (
      ${least('IS NOT NULL')} UNION ALL
      SELECT (${least('> found.value')}) FROM found WHERE found.value IS NOT NULL)
    SELECT value FROM found WHERE value IS NOT NULL LIMIT ${MOST_CHOICES}`
}
