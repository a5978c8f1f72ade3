import { and, isNull, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import type { Env } from '../../env.ts'
import { HOUR_MS } from '../../http/time.ts'
import { tokens } from '../../schema/accounts.ts'
import { invalidateToken } from '../callers/store.ts'
import { newSecretOf, ownToken } from './store.ts'

/**
 * Gives a token a new secret. The one before is accepted for `graceHours` more, under the same limits; an even
 * older one stops at once. Returns the new text; null: the account has no such token that is not revoked.
 */
export async function rotateToken(
  env: Env,
  actor: Actor,
  tokenId: string,
  graceHours: number,
  nowMs: number,
): Promise<{ token: string; formerUntilMs: number | null } | null> {
  const { accountId } = actor
  const db = drizzle(env.DB)
  const isValid = and(ownToken(accountId, tokenId), isNull(tokens.revokedAtMs))
  const { token, stored } = await newSecretOf(env, accountId, tokenId)
  const formerUntilMs = graceHours > 0 ? nowMs + graceHours * HOUR_MS : null
  // One transaction: two rotations at once must not lose the secret that either of them has handed out before.
  const [[before], [after]] = await db.batch([
    db.select({ formerHash: tokens.formerHash, hash: tokens.hash }).from(tokens).where(isValid),
    db
      .update(tokens)
      .set({ ...stored, formerHash: graceHours > 0 ? sql`${tokens.hash}` : null, formerUntilMs })
      .where(isValid)
      .returning({ name: tokens.name }),
  ])
  if (!before || !after) return null
  await invalidateToken(env, tokenId, [before.hash, before.formerHash])
  await recordAudit(env.DB, actor, 'token.rotated', after.name, nowMs)
  return { token, formerUntilMs }
}
