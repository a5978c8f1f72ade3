import { and, desc, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { recordAudit } from '../../audit/store.ts'
import type { NewPasskey } from '../passkeys/ceremony.ts'
import { rowOf } from '../../schema/row.ts'
import {
  accounts,
  invitations,
  members,
  passkeys,
  sessions,
  usedSetupCodes,
} from '../../schema/accounts.ts'
import type { Env } from '../../env.ts'
import { hashSecret } from '../../credentials/seal/hash.ts'
import { newSecret, SESSION_MS } from '../../credentials/sessions/session.ts'
import { offerSetup } from './setup-store.ts'
import { findMember, type Member } from '../../credentials/sessions/store.ts'

export interface Entered {
  member: Member
  sessionSecret: string
}

/**
 * Redeems a one-time link, all or nothing: uses it up and creates the member and a session. If the link belongs
 * to no account, it creates one. If the link lets a member back in, it creates only the session. Null: unknown,
 * used or expired.
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

/** The same for a person who has proved by other means that the invitation's address is theirs. */
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
  /** Unused if the link lets a member back in. */
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
  // The newest, if an address has several. `newId` is new, so only this call can have set `usedBy` to it.
  const newest = sql`(SELECT ${invitations.codeHash} FROM ${invitations} WHERE ${open} ORDER BY ${invitations.createdAtMs} DESC LIMIT 1)`
  const used = sql`FROM ${invitations} WHERE ${invitations.usedBy} = ${newId}`
  const isNewcomer = sql`${invitations.memberId} IS NULL`
  const opens = sql`${used} AND ${invitations.accountId} IS NULL AND ${isNewcomer}`
  const spent = { codeHash: invitations.codeHash, usedAtMs: nowMs }

  const [, , , returned] = await db.batch([
    db
      .update(invitations)
      .set({ usedAtMs: nowMs, usedBy: newId })
      .where(sql`${invitations.codeHash} = ${newest}`),
    db
      .insert(accounts)
      .select(sql`SELECT ${rowOf(accounts, { id: accountId, name, createdAtMs: nowMs })} ${opens}`),
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
    // A set-up code stays known as used, also when the account is deleted, and the link with it.
    db.insert(usedSetupCodes).select(sql`SELECT ${rowOf(usedSetupCodes, spent)} ${opens}`),
    // The link now belongs to the account that it created, and is deleted with it.
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
  and(
    isNull(invitations.usedAtMs),
    gt(invitations.expiresAtMs, nowMs),
    or(isNull(invitations.opensFirst), sql`NOT EXISTS (SELECT 1 FROM ${accounts})`),
  )

/** Creates an account and its first owner without a link: the owner has a passkey, or is known by other means. */
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

/** Whether the deployment has no account yet. */
export async function isFirst(database: D1Database): Promise<boolean> {
  return (
    (await drizzle(database).select({ id: accounts.id }).from(accounts).limit(1).get()) ===
    undefined
  )
}

/** The account that an address is invited to. Null: none. */
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
  /** The member that it lets back in. Null: it creates a new member. */
  memberName: string | null
}

/** The state of a one-time link. Tell it only to the holder of the link. */
export async function checkInvitation(env: Env, code: string, nowMs: number): Promise<Invitation> {
  const codeHash = await hashSecret(code)
  const isSetupCode = await offerSetup(env, codeHash, nowMs)
  const found = await drizzle(env.DB)
    .select({
      usedAtMs: invitations.usedAtMs,
      opensFirst: invitations.opensFirst,
      isOpen: sql<number>`${isOpen(nowMs)}`,
      memberName: members.name,
    })
    .from(invitations)
    .leftJoin(members, eq(members.id, invitations.memberId))
    .where(eq(invitations.codeHash, codeHash))
    .get()
  const memberName = found?.memberName ?? null
  if (!found) return { state: 'unknown', memberName }
  if (found.usedAtMs !== null) return { state: 'used', memberName }
  const isWithdrawn = found.opensFirst === 'setup' && !isSetupCode
  return { state: found.isOpen && !isWithdrawn ? 'open' : 'expired', memberName }
}
