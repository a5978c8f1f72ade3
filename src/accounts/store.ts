import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { writeDown } from '../audit/store.ts'
import { accounts, invitations, members, sessions } from '../schema/accounts.ts'
import { hashSecret } from '../seal/hash.ts'
import { newSecret, SESSION_MS } from '../sessions/session.ts'
import { findMember, type Member } from '../sessions/store.ts'

/**
 * Lets in whoever holds a one-time link: uses it up, makes the member (and the account, where the link
 * belongs to none) and a session, all or nothing. Null: unknown, used or expired.
 */
export async function redeemInvitation(
  database: D1Database,
  code: string,
  name: string,
  nowMs: number,
  userAgent: string | null,
): Promise<{ member: Member; sessionSecret: string } | null> {
  const db = drizzle(database)
  const codeHash = await hashSecret(code)
  const memberId = crypto.randomUUID()
  const accountId = crypto.randomUUID()
  const sessionSecret = newSecret()
  const secretHash = await hashSecret(sessionSecret)
  const expiresAtMs = nowMs + SESSION_MS
  // Only the statement that used the link up can have left this member's id in it.
  const used = sql`FROM ${invitations} WHERE ${invitations.codeHash} = ${codeHash} AND ${invitations.usedBy} = ${memberId}`
  const home = sql`ifnull(${invitations.accountId}, ${accountId})`

  await db.batch([
    db
      .update(invitations)
      .set({ usedAtMs: nowMs, usedBy: memberId })
      .where(
        and(
          eq(invitations.codeHash, codeHash),
          isNull(invitations.usedAtMs),
          gt(invitations.expiresAtMs, nowMs),
        ),
      ),
    db
      .insert(accounts)
      .select(
        sql`SELECT ${accountId}, ${name}, ${nowMs} ${used} AND ${invitations.accountId} IS NULL`,
      ),
    db
      .insert(members)
      .select(sql`SELECT ${memberId}, ${home}, ${name}, ${invitations.role}, ${nowMs} ${used}`),
    db
      .insert(sessions)
      .select(
        sql`SELECT ${secretHash}, ${memberId}, ${nowMs}, ${expiresAtMs}, ${nowMs}, ${userAgent} ${used}`,
      ),
  ])
  const member = await findMember(database, sessionSecret, nowMs)
  if (member === null) return null
  await writeDown(database, member, 'member.joined', member.role, nowMs)
  return { member, sessionSecret }
}

export type InvitationState = 'open' | 'used' | 'expired' | 'unknown'

/** Whether a one-time link still lets in; told only to whoever holds it. */
export async function checkInvitation(
  database: D1Database,
  code: string,
  nowMs: number,
): Promise<InvitationState> {
  const codeHash = await hashSecret(code)
  const found = await drizzle(database)
    .select({ usedAtMs: invitations.usedAtMs, expiresAtMs: invitations.expiresAtMs })
    .from(invitations)
    .where(eq(invitations.codeHash, codeHash))
    .get()
  if (!found) return 'unknown'
  if (found.usedAtMs !== null) return 'used'
  return found.expiresAtMs > nowMs ? 'open' : 'expired'
}
