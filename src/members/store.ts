import { and, eq, ne, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../audit/action.ts'
import { writeDown } from '../audit/store.ts'
import { invitations, members } from '../schema/accounts.ts'
import { hashSecret } from '../seal/hash.ts'
import { newSecret } from '../sessions/session.ts'
import { DAY_MS } from '../time.ts'

export type AccountMember = Pick<
  typeof members.$inferSelect,
  'id' | 'name' | 'role' | 'createdAtMs' | 'email'
>
export type Role = AccountMember['role']

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

/** A one-time code into the account, for whoever has it; the one time that it is in hand. */
export async function inviteMember(
  database: D1Database,
  actor: Actor,
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
    })
  const guest = role === 'owner' ? 'an owner' : 'a member'
  await writeDown(database, actor, 'member.invited', guest, nowMs)
  return code
}

// Without an owner, nobody could let anybody in any more.
const isAnotherOwner = (accountId: string, id: string): ReturnType<typeof sql> =>
  sql`EXISTS (SELECT 1 FROM members AS others WHERE others.account_id = ${accountId} AND others.role = 'owner' AND others.id <> ${id})`

/** False where there is no such member, or it is the last owner. Sessions and passkeys go too. */
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
  await writeDown(database, actor, 'member.removed', removed.name, nowMs)
  return true
}

/** False where nothing changes, or the account would be left without an owner. */
export async function setRole(
  database: D1Database,
  actor: Actor,
  id: string,
  role: Role,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const isSafe = role === 'owner' ? sql`TRUE` : isAnotherOwner(accountId, id)
  const [changed] = await drizzle(database)
    .update(members)
    .set({ role })
    .where(
      and(eq(members.id, id), eq(members.accountId, accountId), ne(members.role, role), isSafe),
    )
    .returning({ name: members.name })
  if (!changed) return false
  await writeDown(database, actor, `member.made-${role}`, changed.name, nowMs)
  return true
}
