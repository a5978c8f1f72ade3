import { and, desc, eq, gt, isNull, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { recordAudit } from '../../audit/store.ts'
import type { NewPasskey } from '../passkeys/ceremony.ts'
import { rowOf } from '../../schema/row.ts'
import { accounts, invitations, members, passkeys, sessions } from '../../schema/accounts.ts'
import { hashSecret } from '../../credentials/seal/hash.ts'
import { newSecret, SESSION_MS } from '../../credentials/sessions/session.ts'
import { findMember, type Member } from '../../credentials/sessions/store.ts'

export interface Entered {
  member: Member
  sessionSecret: string
}

/**
 * Lets in whoever holds a one-time link: uses it up, makes the member (and the account, where the link
 * belongs to none; neither, where it lets a member back in) and a session, all or nothing. Null:
 * unknown, used or expired.
 */
export async function redeemInvitation(
  database: D1Database,
  code: string,
  person: Person,
  nowMs: number,
  userAgent: string | null,
): Promise<Entered | null> {
  const codeHash = await hashSecret(code)
  return redeem(database, eq(invitations.codeHash, codeHash), person, nowMs, userAgent)
}

/** The same for whoever has proved, by other means, to be whom an invitation is for. */
export async function redeemInvitationOf(
  database: D1Database,
  email: string,
  person: Person,
  nowMs: number,
  userAgent: string | null,
): Promise<Entered | null> {
  return redeem(database, eq(invitations.email, email), person, nowMs, userAgent)
}

export interface Person {
  /** Unused where the link lets a member back in. */
  name: string
  email: string | null
}

async function redeem(
  database: D1Database,
  which: SQL,
  { name, email }: Person,
  nowMs: number,
  userAgent: string | null,
): Promise<Entered | null> {
  const db = drizzle(database)
  const newId = crypto.randomUUID()
  const accountId = crypto.randomUUID()
  const sessionSecret = newSecret()
  const session = {
    secretHash: await hashSecret(sessionSecret),
    createdAtMs: nowMs,
    expiresAtMs: nowMs + SESSION_MS,
    seenAtMs: nowMs,
    userAgent,
  }
  const memberId = sql`ifnull(${invitations.memberId}, ${newId})`
  const open = and(which, isOpen(nowMs))
  // The newest, where an address has several. Only the statement that used it up can have left this id.
  const newest = sql`(SELECT ${invitations.codeHash} FROM ${invitations} WHERE ${open} ORDER BY ${invitations.createdAtMs} DESC LIMIT 1)`
  const used = sql`FROM ${invitations} WHERE ${invitations.usedBy} = ${newId}`
  const isNewcomer = sql`${invitations.memberId} IS NULL`

  const [, , , returned] = await db.batch([
    db
      .update(invitations)
      .set({ usedAtMs: nowMs, usedBy: newId })
      .where(sql`${invitations.codeHash} = ${newest}`),
    db.insert(accounts).select(
      sql`SELECT ${rowOf(accounts, { id: accountId, name, createdAtMs: nowMs })} ${used}
          AND ${invitations.accountId} IS NULL AND ${isNewcomer}`,
    ),
    db.insert(members).select(
      sql`SELECT ${rowOf(members, {
        id: newId,
        accountId: sql`ifnull(${invitations.accountId}, ${accountId})`,
        name,
        role: invitations.role,
        createdAtMs: nowMs,
        email: sql`ifnull(${invitations.email}, ${email})`,
      })} ${used} AND ${isNewcomer}`,
    ),
    db
      .select({ memberId: invitations.memberId })
      .from(invitations)
      .where(eq(invitations.usedBy, newId)),
    db.insert(sessions).select(sql`SELECT ${rowOf(sessions, { ...session, memberId })} ${used}`),
    // From now on it is a part of the account that it has made, and goes with it.
    db
      .update(invitations)
      .set({ accountId })
      .where(and(eq(invitations.usedBy, newId), isNull(invitations.accountId), isNewcomer)),
  ])
  const member = await findMember(database, sessionSecret, nowMs)
  if (member === null) return null
  const action = returned[0]?.memberId == null ? 'member.joined' : 'member.returned'
  await recordAudit(database, member, action, member.role, nowMs)
  return { member, sessionSecret }
}

const isOpen = (nowMs: number): SQL | undefined =>
  and(isNull(invitations.usedAtMs), gt(invitations.expiresAtMs, nowMs))

/** Makes an account with its first owner, who needs no link: with a passkey, or known by other means. */
export async function openAccount(
  database: D1Database,
  { name, email }: Person,
  passkey: NewPasskey | null,
  nowMs: number,
): Promise<Member> {
  const db = drizzle(database)
  const accountId = crypto.randomUUID()
  const member = {
    id: crypto.randomUUID(),
    accountId,
    name,
    role: 'owner',
    email,
    accessEmail: null,
  } as const
  const memberId = member.id
  const addsPasskey =
    passkey &&
    db.insert(passkeys).values({ ...passkey, memberId, name: 'First passkey', createdAtMs: nowMs })
  await db.batch([
    db.insert(accounts).values({ id: accountId, name, createdAtMs: nowMs }),
    db.insert(members).values({ ...member, createdAtMs: nowMs }),
    ...(addsPasskey ? [addsPasskey] : []),
  ])
  await recordAudit(database, member, 'member.joined', 'owner', nowMs)
  return { ...member, accountName: name }
}

/** Whether nobody at all has come in yet. */
export async function isFirst(database: D1Database): Promise<boolean> {
  return (
    (await drizzle(database).select({ id: accounts.id }).from(accounts).limit(1).get()) ===
    undefined
  )
}

/** The account that an address is invited to; null: none. */
export async function findInvitationOf(
  database: D1Database,
  email: string,
  nowMs: number,
): Promise<{ accountName: string } | null> {
  const found = await drizzle(database)
    .select({ accountName: accounts.name })
    .from(invitations)
    .innerJoin(accounts, eq(accounts.id, invitations.accountId))
    .where(and(eq(invitations.email, email), isOpen(nowMs)))
    .orderBy(desc(invitations.createdAtMs))
    .limit(1)
    .get()
  return found ?? null
}

export interface Invitation {
  state: 'open' | 'used' | 'expired' | 'unknown'
  /** Whom it lets back in; null where it makes a new member. */
  memberName: string | null
}

/** What a one-time link is good for; told only to whoever holds it. */
export async function checkInvitation(
  database: D1Database,
  code: string,
  nowMs: number,
): Promise<Invitation> {
  const codeHash = await hashSecret(code)
  const found = await drizzle(database)
    .select({
      usedAtMs: invitations.usedAtMs,
      expiresAtMs: invitations.expiresAtMs,
      memberName: members.name,
    })
    .from(invitations)
    .leftJoin(members, eq(members.id, invitations.memberId))
    .where(eq(invitations.codeHash, codeHash))
    .get()
  const memberName = found?.memberName ?? null
  if (!found) return { state: 'unknown', memberName }
  if (found.usedAtMs !== null) return { state: 'used', memberName }
  return { state: found.expiresAtMs > nowMs ? 'open' : 'expired', memberName }
}
