import { and, desc, eq, lt } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { uuidv7 } from '../http/uuid.ts'
import { auditRows } from '../schema/accounts.ts'
import type { Action, Actor } from './action.ts'

export type AuditRow = typeof auditRows.$inferSelect

/** The values of a row, for an insert in the same transaction as what it is about. */
export const auditRow = (
  { accountId, name }: Actor,
  action: Action,
  subject: string,
  nowMs: number,
): typeof auditRows.$inferInsert => ({
  id: uuidv7(nowMs),
  accountId,
  atMs: nowMs,
  memberName: name,
  action,
  subject,
})

export async function recordAudit(
  database: D1Database,
  actor: Actor,
  action: Action,
  subject: string,
  nowMs: number,
): Promise<void> {
  await drizzle(database)
    .insert(auditRows)
    .values(auditRow(actor, action, subject, nowMs))
}

/** The newest first, starting after `cursor`, the last ID of the previous page. */
export async function listAudit(
  database: D1Database,
  accountId: string,
  limit: number,
  cursor: string | null,
): Promise<AuditRow[]> {
  const before = cursor === null ? undefined : lt(auditRows.id, cursor)
  return drizzle(database)
    .select()
    .from(auditRows)
    .where(and(eq(auditRows.accountId, accountId), before))
    .orderBy(desc(auditRows.id))
    .limit(limit)
}
