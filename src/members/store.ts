import { and, eq, ne, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { invitations, members } from '../schema/accounts.ts'
import { hashSecret } from '../seal/hash.ts'
import { newSecret } from '../sessions/session.ts'

export type AccountMember = Pick<
  typeof members.$inferSelect,
  'id' | 'name' | 'role' | 'createdAtMs'
>
export type Role = AccountMember['role']

const LINK_MS = 86_400_000

export async function listMembers(
  database: D1Database,
  accountId: string,
): Promise<AccountMember[]> {
  const { id, name, role, createdAtMs } = members
  return drizzle(database)
    .select({ id, name, role, createdAtMs })
    .from(members)
    .where(eq(members.accountId, accountId))
    .orderBy(createdAtMs)
}

/** A one-time code into the account; the one time that it is in hand. */
export async function inviteMember(
  database: D1Database,
  accountId: string,
  role: Role,
  nowMs: number,
): Promise<string> {
  const code = newSecret()
  await drizzle(database)
    .insert(invitations)
    .values({
      codeHash: await hashSecret(code),
      accountId,
      role,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + LINK_MS,
    })
  return code
}

// Without an owner, nobody could let anybody in any more.
const isAnotherOwner = (accountId: string, id: string): ReturnType<typeof sql> =>
  sql`EXISTS (SELECT 1 FROM members AS others WHERE others.account_id = ${accountId} AND others.role = 'owner' AND others.id <> ${id})`

/** The member's name; null where there is no such one, or it is the last owner. Sessions and passkeys go too. */
export async function removeMember(
  database: D1Database,
  accountId: string,
  id: string,
): Promise<string | null> {
  const [removed] = await drizzle(database)
    .delete(members)
    .where(and(eq(members.id, id), eq(members.accountId, accountId), isAnotherOwner(accountId, id)))
    .returning({ name: members.name })
  return removed?.name ?? null
}

/** The member's name; null where nothing changes, or the account would be left without an owner. */
export async function setRole(
  database: D1Database,
  accountId: string,
  id: string,
  role: Role,
): Promise<string | null> {
  const isSafe = role === 'owner' ? sql`TRUE` : isAnotherOwner(accountId, id)
  const [changed] = await drizzle(database)
    .update(members)
    .set({ role })
    .where(
      and(eq(members.id, id), eq(members.accountId, accountId), ne(members.role, role), isSafe),
    )
    .returning({ name: members.name })
  return changed?.name ?? null
}
