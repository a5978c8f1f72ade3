import { and, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { auditRow } from '../../audit/store.ts'
import type { Env } from '../../env.ts'
import { HOUR_MS } from '../../http/time.ts'
import { auditRows, tokens } from '../../schema/accounts.ts'
import { invalidateToken } from '../callers/store.ts'
import { findToken, newSecretOf, ownToken } from './store.ts'

/**
 * Gives a token a new secret. The one before is accepted for `graceHours` more, under the same limits; an even
 * older one stops at once. Returns the new text; null: the account has no such token that is not revoked.
 */
export async function rotateToken(
  env: Env,
  actor: Actor & { id: string },
  tokenId: string,
  graceHours: number,
  nowMs: number,
): Promise<{ token: string; formerUntilMs: number | null } | null> {
  const { accountId } = actor
  const before = await findToken(env, accountId, tokenId)
  if (before === null) return null
  const db = drizzle(env.DB)
  const isValid = and(ownToken(accountId, tokenId), isNull(tokens.revokedAtMs))
  const { token, stored } = await newSecretOf(env, accountId, tokenId)
  const formerUntilMs = graceHours > 0 ? nowMs + graceHours * HOUR_MS : null
  // One transaction: of two rotations at once, the second replaces the secret of the first; and no secret is
  // replaced without being returned because the audit log could not be written.
  const [[replaced], [after]] = await db.batch([
    db.select({ formerHash: tokens.formerHash, hash: tokens.hash }).from(tokens).where(isValid),
    db
      .update(tokens)
      .set({
        ...stored,
        createdBy: sql`ifnull(${tokens.createdBy}, ${actor.id})`,
        formerHash: graceHours > 0 ? sql`${tokens.hash}` : null,
        formerUntilMs,
      })
      .where(isValid)
      .returning({ id: tokens.id }),
    db.insert(auditRows).values(auditRow(actor, 'token.rotated', before.name, nowMs)),
  ])
  if (!replaced || !after) return null
  await invalidateToken(env, tokenId, [replaced.hash, replaced.formerHash])
  return { token, formerUntilMs }
}
