import { forgetToken } from '../callers/store.ts'
import type { Env } from '../env.ts'
import { hashSecret } from '../seal/hash.ts'
import { open, seal } from '../seal/seal.ts'
import { newToken } from './token.ts'

export interface TokenInfo {
  id: string
  name: string
  lastFour: string
  createdAtMs: number
  revokedAtMs: number | null
}

/** A new token; the one time that its text is in hand. */
export async function createToken(
  env: Env,
  accountId: string,
  name: string,
  nowMs: number,
): Promise<TokenInfo & { token: string }> {
  const token = newToken()
  const id = crypto.randomUUID()
  const lastFour = token.slice(-4)
  await env.DB.prepare(
    `INSERT INTO tokens (id, account_id, name, hash, sealed, last_four, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
  )
    .bind(
      id,
      accountId,
      name,
      await hashSecret(token),
      await seal(env.MASTER_KEYS, tokenContext(accountId, id), token),
      lastFour,
      nowMs,
    )
    .run()
  return { id, name, lastFour, createdAtMs: nowMs, revokedAtMs: null, token }
}

/** The text of the account's oldest token in force; null where there is none. */
export async function revealToken(
  env: Env,
  accountId: string,
): Promise<{ id: string; name: string; token: string } | null> {
  const row = await env.DB.prepare(
    `SELECT id, name, sealed FROM tokens WHERE account_id = ?1 AND revoked_at_ms IS NULL ORDER BY created_at_ms, id LIMIT 1`,
  )
    .bind(accountId)
    .first<{ id: string; name: string; sealed: string }>()
  if (row === null) return null
  const token = await open(env.MASTER_KEYS, tokenContext(accountId, row.id), row.sealed)
  return { id: row.id, name: row.name, token }
}

const tokenContext = (accountId: string, tokenId: string): string => `${accountId}|token|${tokenId}`

export async function listTokens(env: Env, accountId: string): Promise<TokenInfo[]> {
  const { results } = await env.DB.prepare(
    `SELECT id, name, last_four AS lastFour, created_at_ms AS createdAtMs, revoked_at_ms AS revokedAtMs
     FROM tokens WHERE account_id = ?1 ORDER BY created_at_ms, id`,
  )
    .bind(accountId)
    .all<TokenInfo>()
  return results
}

/** False where the account has no such token. May be repeated, should KV not have answered. */
export async function revokeToken(
  env: Env,
  accountId: string,
  tokenId: string,
  nowMs: number,
): Promise<boolean> {
  const row = await env.DB.prepare(
    `UPDATE tokens SET revoked_at_ms = ifnull(revoked_at_ms, ?3) WHERE id = ?2 AND account_id = ?1 RETURNING hash`,
  )
    .bind(accountId, tokenId, nowMs)
    .first<{ hash: string }>()
  if (row === null) return false
  await forgetToken(env, tokenId, row.hash)
  return true
}
