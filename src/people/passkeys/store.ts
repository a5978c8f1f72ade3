import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { challenges, passkeys } from '../../schema/accounts.ts'
import type { NewPasskey } from './ceremony.ts'

type Member = Actor & { id: string }

export type Passkey = typeof passkeys.$inferSelect

// The browser's dialog takes as long as a person needs to find a phone.
const CHALLENGE_MS = 300_000

/** Stores a challenge for a member, or (null) for a sign-in. Deletes expired ones at the same time. */
export async function keepChallenge(
  database: D1Database,
  challenge: string,
  memberId: string | null,
  nowMs: number,
): Promise<void> {
  const db = drizzle(database)
  await db.batch([
    db.delete(challenges).where(lt(challenges.expiresAtMs, nowMs)),
    db.insert(challenges).values({ challenge, memberId, expiresAtMs: nowMs + CHALLENGE_MS }),
  ])
}

/** Uses a challenge up. False: unknown, another member's, expired, or already used. */
export async function takeChallenge(
  database: D1Database,
  challenge: string,
  memberId: string | null,
  nowMs: number,
): Promise<boolean> {
  const taken = await drizzle(database)
    .delete(challenges)
    .where(
      and(
        eq(challenges.challenge, challenge),
        sql`${challenges.memberId} IS ${memberId}`,
        gt(challenges.expiresAtMs, nowMs),
      ),
    )
    .returning()
  return taken.length === 1
}

export async function listPasskeys(database: D1Database, memberId: string): Promise<Passkey[]> {
  return drizzle(database)
    .select()
    .from(passkeys)
    .where(eq(passkeys.memberId, memberId))
    .orderBy(passkeys.createdAtMs)
}

/** False: the passkey is already in use. */
export async function addPasskey(
  database: D1Database,
  member: Member,
  passkey: NewPasskey,
  name: string,
  nowMs: number,
): Promise<boolean> {
  const added = await drizzle(database)
    .insert(passkeys)
    .values({ ...passkey, memberId: member.id, name, createdAtMs: nowMs })
    .onConflictDoNothing()
    .returning({ id: passkeys.id })
  if (added.length === 0) return false
  await recordAudit(database, member, 'passkey.added', name, nowMs)
  return true
}

export async function findPasskey(database: D1Database, id: string): Promise<Passkey | null> {
  return (await drizzle(database).select().from(passkeys).where(eq(passkeys.id, id)).get()) ?? null
}

export async function usePasskey(
  database: D1Database,
  id: string,
  counter: number,
  nowMs: number,
): Promise<void> {
  await drizzle(database)
    .update(passkeys)
    .set({ counter, lastUsedAtMs: nowMs })
    .where(eq(passkeys.id, id))
}

export async function renamePasskey(
  database: D1Database,
  memberId: string,
  id: string,
  name: string,
): Promise<void> {
  await drizzle(database)
    .update(passkeys)
    .set({ name })
    .where(and(eq(passkeys.id, id), eq(passkeys.memberId, memberId)))
}

/**
 * False: there is no such passkey, or it is the member's last one, which stays: without it the member could not
 * sign in.
 */
export async function removePasskey(
  database: D1Database,
  member: Member,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [removed] = await drizzle(database)
    .delete(passkeys)
    .where(
      and(
        eq(passkeys.id, id),
        eq(passkeys.memberId, member.id),
        sql`(SELECT count(*) FROM passkeys AS others WHERE others.member_id = ${member.id}) > 1`,
      ),
    )
    .returning({ name: passkeys.name })
  if (!removed) return false
  await recordAudit(database, member, 'passkey.removed', removed.name, nowMs)
  return true
}
