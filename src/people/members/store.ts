import { and, desc, eq, gt, isNull, ne, or, sql, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { invitations, members, tokens } from '../../schema/accounts.ts'
import { hashSecret } from '../../credentials/seal/hash.ts'
import { newSecret } from '../../credentials/sessions/session.ts'
import { roleWords, type Role } from '../../credentials/roles.ts'
import { DAY_MS } from '../../http/time.ts'

export type AccountMember = Pick<
  typeof members.$inferSelect,
  'id' | 'name' | 'role' | 'createdAtMs' | 'email'
>
export type { Role }

const LINK_MS = DAY_MS

export async function listMembers(
  database: D1Database,
  accountId: string,
): Promise<AccountMember[]> {
  const { id, name, role, createdAtMs, email } = members
  return drizzle(database)
    .select({ id, name, role, createdAtMs, email })
    .from(members)
    .where(eq(members.accountId, accountId))
    .orderBy(createdAtMs)
}

/** Returns a one-time code for joining the account. Only its hash is stored. */
export async function inviteMember(
  database: D1Database,
  actor: Actor & { id: string },
  role: Role,
  email: string | null,
  nowMs: number,
): Promise<string> {
  const { accountId } = actor
  const code = newSecret()
  await drizzle(database)
    .insert(invitations)
    .values({
      codeHash: await hashSecret(code),
      accountId,
      role,
      email,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + LINK_MS,
      createdBy: actor.id,
    })
  await recordAudit(database, actor, 'member.invited', roleWords(role), nowMs)
  return code
}

/** A one-time link that can still be used. */
export interface OpenLink {
  /** The hash of the code, which does not reveal it. */
  id: string
  role: Role
  /** The recipient: the address of a new member, or (`memberName`) the member that it lets back in. */
  email: string | null
  memberName: string | null
  /** Null: created on the command line. */
  createdBy: string | null
  expiresAtMs: number
}

const isOpen = (accountId: string, nowMs: number): SQL | undefined =>
  and(
    eq(invitations.accountId, accountId),
    isNull(invitations.usedAtMs),
    gt(invitations.expiresAtMs, nowMs),
  )

/** The account's links that can still be used, the newest first. */
export async function listOpenLinks(
  database: D1Database,
  accountId: string,
  nowMs: number,
): Promise<OpenLink[]> {
  const [guests, makers] = [alias(members, 'guests'), alias(members, 'makers')]
  return drizzle(database)
    .select({
      id: invitations.codeHash,
      role: invitations.role,
      email: invitations.email,
      memberName: guests.name,
      createdBy: makers.name,
      expiresAtMs: invitations.expiresAtMs,
    })
    .from(invitations)
    .leftJoin(guests, eq(guests.id, invitations.memberId))
    .leftJoin(makers, eq(makers.id, invitations.createdBy))
    .where(isOpen(accountId, nowMs))
    .orderBy(desc(invitations.createdAtMs))
}

/** False: there is no such link that can still be used. */
export async function withdrawLink(
  database: D1Database,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [withdrawn] = await drizzle(database)
    .delete(invitations)
    .where(and(eq(invitations.codeHash, id), isOpen(actor.accountId, nowMs)))
    .returning({ role: invitations.role })
  if (!withdrawn) return false
  await recordAudit(database, actor, 'member.link-withdrawn', roleWords(withdrawn.role), nowMs)
  return true
}

// In an account without an owner, nobody could invite anybody.
const isAnotherOwner = (accountId: string, id: string): ReturnType<typeof sql> =>
  sql`EXISTS (SELECT 1 FROM members AS others WHERE others.account_id = ${accountId} AND others.role = 'owner' AND others.id <> ${id})`

/**
 * The tokens whose texts a member may have, and may not see any more: with another role, or once they are gone (null).
 * Read it before that happens.
 */
export async function tokensSeenBy(
  database: D1Database,
  { accountId }: Pick<Actor, 'accountId'>,
  id: string,
  next: Role | null,
): Promise<string[]> {
  const db = drizzle(database)
  const before = await db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.id, id), eq(members.accountId, accountId)))
    .get()
  if (!before || before.role === 'viewer' || next === 'owner') return []
  // Before it was kept who made a token, all members could see it.
  const own = or(eq(tokens.createdBy, id), isNull(tokens.createdBy))
  const seen = before.role === 'owner' ? undefined : own
  const stays =
    next === 'member' ? or(ne(tokens.createdBy, id), isNull(tokens.createdBy)) : undefined
  const found = await db
    .select({ id: tokens.id })
    .from(tokens)
    .where(and(eq(tokens.accountId, accountId), isNull(tokens.revokedAtMs), seen, stays))
  return before.role === next ? [] : found.map((token) => token.id)
}

/**
 * False: there is no such member, or it is the last owner. The database deletes their sessions, passkeys and
 * the links that they created in the same statement.
 */
export async function removeMember(
  database: D1Database,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const [removed] = await drizzle(database)
    .delete(members)
    .where(and(eq(members.id, id), eq(members.accountId, accountId), isAnotherOwner(accountId, id)))
    .returning({ name: members.name })
  if (!removed) return false
  await recordAudit(database, actor, 'member.removed', removed.name, nowMs)
  return true
}

/** False: nothing changes, or the account would be left without an owner. */
export async function setRole(
  database: D1Database,
  actor: Actor,
  id: string,
  role: Role,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const isSafe = role === 'owner' ? sql`TRUE` : isAnotherOwner(accountId, id)
  const db = drizzle(database)
  const isOwn = and(eq(members.id, id), eq(members.accountId, accountId))
  const [[changed]] = await db.batch([
    db
      .update(members)
      .set({ role })
      .where(and(isOwn, ne(members.role, role), isSafe))
      .returning({ name: members.name }),
    // Only owners may invite: delete the unused links of an owner who becomes a member.
    db
      .delete(invitations)
      .where(
        and(
          eq(invitations.createdBy, id),
          isNull(invitations.usedAtMs),
          sql`EXISTS (SELECT 1 FROM ${members} WHERE ${isOwn} AND ${members.role} <> 'owner')`,
        ),
      ),
  ])
  if (!changed) return false
  await recordAudit(database, actor, `member.made-${role}`, changed.name, nowMs)
  return true
}
