import type { LedgerEntry } from '../ledger/entry.ts'
import { ENTRY_COLUMNS } from '../ledger/sql.ts'
import { requestFilter, toCondition, type RequestFilter } from './filter.ts'

/** A request as it is remembered. */
export type RequestRow = Omit<LedgerEntry, 'v'>

/** As D1 has it. */
type StoredRow = Omit<RequestRow, 'streamed' | 'toolCalls'> & {
  streamed: number
  toolCalls: string | null
}

const toRow = ({ streamed, toolCalls, ...row }: StoredRow): RequestRow => ({
  ...row,
  streamed: streamed === 1,
  toolCalls: toolCalls === null ? null : (JSON.parse(toolCalls) as Record<string, number>),
})

/** No condition but the account. */
export const EVERYTHING: RequestFilter = requestFilter.parse({})

/** Newest first, from right behind `cursor`, which is the last id of the page before. */
export async function listRequests(
  ledger: D1Database,
  accountId: string,
  filter: RequestFilter,
  limit: number,
  cursor: string | null,
): Promise<RequestRow[]> {
  const { from, where, params } = toCondition(accountId, filter)
  const before = cursor === null ? '' : `AND id < ?${params.push(cursor)}`
  const { results } = await ledger
    .prepare(
      `SELECT ${ENTRY_COLUMNS} FROM ${from} WHERE ${where} ${before} ORDER BY id DESC LIMIT ?${params.push(limit)}`,
    )
    .bind(...params)
    .all<StoredRow>()
  return results.map(toRow)
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

/** The newest request. The ledger being down is no reason to withhold a page: then it is null, too. */
export async function latestRequest(
  ledger: D1Database,
  accountId: string,
): Promise<RequestRow | null> {
  try {
    const [latest] = await listRequests(ledger, accountId, EVERYTHING, 1, null)
    return latest ?? null
  } catch (error) {
    console.error('ledger not read', String(error))
    return null
  }
}

/** When each token was last used; not in the map where it never was, or the ledger is down. */
export async function lastUses(
  ledger: D1Database,
  accountId: string,
  tokenIds: readonly string[],
): Promise<Map<string, number>> {
  const uses = new Map<string, number>()
  if (tokenIds.length === 0) return uses
  try {
    // The index has to be named: without statistics the planner walks the account's newest rows instead.
    const newest = ledger.prepare(
      `SELECT token_id, at_ms FROM requests INDEXED BY requests_by_token
       WHERE account_id = ?1 AND token_id = ?2 ORDER BY id DESC LIMIT 1`,
    )
    const found = await ledger.batch<{ token_id: string; at_ms: number }>(
      tokenIds.map((id) => newest.bind(accountId, id)),
    )
    for (const row of found.flatMap(({ results }) => results)) uses.set(row.token_id, row.at_ms)
  } catch (error) {
    console.error('ledger not read', String(error))
  }
  return uses
}
