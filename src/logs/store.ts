import { and, desc, eq, lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { requests } from '../schema/ledger.ts'

export type RequestRow = typeof requests.$inferSelect

/** Newest first, from right behind `cursor`, which is the last id of the page before. */
export async function listRequests(
  ledger: D1Database,
  accountId: string,
  limit: number,
  cursor: string | null,
): Promise<RequestRow[]> {
  const before = cursor === null ? undefined : lt(requests.id, cursor)
  return drizzle(ledger)
    .select()
    .from(requests)
    .where(and(eq(requests.accountId, accountId), before))
    .orderBy(desc(requests.id))
    .limit(limit)
}

export async function findRequest(
  ledger: D1Database,
  accountId: string,
  id: string,
): Promise<RequestRow | null> {
  const where = and(eq(requests.accountId, accountId), eq(requests.id, id))
  return (await drizzle(ledger).select().from(requests).where(where).get()) ?? null
}

/** The newest request. The ledger being down is no reason to withhold a page: then it is null, too. */
export async function latestRequest(
  ledger: D1Database,
  accountId: string,
): Promise<RequestRow | null> {
  try {
    const [latest] = await listRequests(ledger, accountId, 1, null)
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
