import { and, desc, eq, gt, ne, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { accounts, members, sessions } from '../../schema/accounts.ts'
import type { Role } from '../../credentials/roles.ts'
import { hashSecret } from '../seal/hash.ts'
import { newSecret, SESSION_MS, SLIDE_AFTER_MS } from './session.ts'

/** A signed-in member. */
export interface Member {
  id: string
  name: string
  role: Role
  email: string | null
  /** The e-mail address in Cloudflare Access. Null: not connected. */
  accessEmail: string | null
  accountId: string
  accountName: string
}

const MEMBER = {
  id: members.id,
  name: members.name,
  role: members.role,
  email: members.email,
  accessEmail: members.accessEmail,
  accountId: members.accountId,
  accountName: accounts.name,
}

/** The member of a session. Null: there is no such session, or it has expired. */
export async function findMember(
  database: D1Database,
  sessionSecret: string,
  nowMs: number,
): Promise<Member | null> {
  const db = drizzle(database)
  const secretHash = await hashSecret(sessionSecret)
  const found = await db
    .select({ ...MEMBER, expiresAtMs: sessions.expiresAtMs })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(and(eq(sessions.secretHash, secretHash), gt(sessions.expiresAtMs, nowMs)))
    .get()
  if (!found) return null

  const { expiresAtMs, ...member } = found
  if (expiresAtMs < nowMs + SESSION_MS - SLIDE_AFTER_MS) {
    await db
      .update(sessions)
      .set({ expiresAtMs: nowMs + SESSION_MS, seenAtMs: nowMs })
      .where(eq(sessions.secretHash, secretHash))
  }
  return member
}

/** The member connected to this Access address. Members' `email`, which they type themselves, is not compared. */
export async function findMemberByAccess(
  database: D1Database,
  email: string,
): Promise<Member | null> {
  const found = await drizzle(database)
    .select(MEMBER)
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(eq(members.accessEmail, email))
    .orderBy(members.createdAtMs)
    .limit(1)
    .get()
  return found ?? null
}

/** Connects an Access address to this member, and to no other. */
export async function connectAccess(
  database: D1Database,
  memberId: string,
  email: string,
): Promise<void> {
  const db = drizzle(database)
  await db.batch([
    db.update(members).set({ accessEmail: null }).where(eq(members.accessEmail, email)),
    db.update(members).set({ accessEmail: email }).where(eq(members.id, memberId)),
  ])
}

export async function endSession(database: D1Database, sessionSecret: string): Promise<void> {
  await drizzle(database)
    .delete(sessions)
    .where(eq(sessions.secretHash, await hashSecret(sessionSecret)))
}

/** Starts a session for an authenticated member. Returns its secret, of which only the hash is stored. */
export async function createSession(
  database: D1Database,
  memberId: string,
  userAgent: string | null,
  nowMs: number,
): Promise<string> {
  const secret = newSecret()
  await drizzle(database)
    .insert(sessions)
    .values({
      secretHash: await hashSecret(secret),
      memberId,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + SESSION_MS,
      seenAtMs: nowMs,
      userAgent,
    })
  return secret
}

export interface SessionInfo {
  /** Part of the hash. It identifies a session but cannot be used to sign in. */
  id: string
  createdAtMs: number
  seenAtMs: number | null
  userAgent: string | null
  isCurrent: boolean
}

const idOf = sql<string>`substr(${sessions.secretHash}, 1, 16)`

/** A member's sessions that have not expired, the last seen first. */
export async function listSessions(
  database: D1Database,
  memberId: string,
  currentSecret: string,
  nowMs: number,
): Promise<SessionInfo[]> {
  const current = (await hashSecret(currentSecret)).slice(0, 16)
  const rows = await drizzle(database)
    .select({
      id: idOf,
      createdAtMs: sessions.createdAtMs,
      seenAtMs: sessions.seenAtMs,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .where(and(eq(sessions.memberId, memberId), gt(sessions.expiresAtMs, nowMs)))
    .orderBy(desc(sessions.seenAtMs))
  return rows.map((row) => ({ ...row, isCurrent: row.id === current }))
}

/** Ends one of a member's sessions, or all but one. Returns how many. */
export async function endSessions(
  database: D1Database,
  memberId: string,
  which: { id: string } | { allBut: string },
): Promise<number> {
  const condition =
    'id' in which ? eq(idOf, which.id) : ne(sessions.secretHash, await hashSecret(which.allBut))
  const ended = await drizzle(database)
    .delete(sessions)
    .where(and(eq(sessions.memberId, memberId), condition))
    .returning({ memberId: sessions.memberId })
  return ended.length
}
