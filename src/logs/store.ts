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
