import type { Background, Env } from '../env.ts'
import { seal } from '../seal/seal.ts'
import { within } from '../time-limit.ts'
import { Memory } from './memory.ts'
import { hashSecret } from '../seal/hash.ts'
import { newToken } from './token.ts'

/** Who is calling, and the key that pays for it, still sealed. */
export interface Caller {
  accountId: string
  tokenId: string
  sealedKey: string | null
}

// Cache times. A revocation is heard of at once in the isolate that made it, and elsewhere after
// MEMORY_MS and KV's own cache (KV_CACHE_SECONDS) at the most: about a minute.
const MEMORY_MS = 30_000
const UNKNOWN_MS = 10_000
const NO_KEY_MS = 5_000
const KV_CACHE_SECONDS = 30
const KV_TTL_SECONDS = 86_400
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 5_000

const callers = new Memory<Caller>(5_000)
const unknown = new Memory<true>(5_000)

const kvKey = (hash: string): string => `token:${hash}`

const FIND = `SELECT t.account_id AS accountId, t.id AS tokenId, k.sealed AS sealedKey
FROM tokens t LEFT JOIN provider_keys k ON k.account_id = t.account_id AND k.provider = 'grok'
WHERE t.hash = ?1 AND t.revoked_at_ms IS NULL`

/**
 * Resolves a token: isolate memory → KV → D1, which is the truth and fills KV again. With `needsKey`
 * KV is not believed where it knows of no key, since people save a key and try at once.
 * Null: unknown or revoked. Throws only where neither KV nor D1 answers.
 */
export async function findCaller(
  env: Env,
  ctx: Background,
  token: string,
  needsKey: boolean,
): Promise<Caller | null> {
  const nowMs = Date.now()
  const remembered = callers.get(token, nowMs)
  if (remembered) return remembered
  if (unknown.get(token, nowMs)) return null

  const hash = await hashSecret(token)
  const cached = await readKv(env, hash)
  if (cached && (cached.sealedKey !== null || !needsKey)) return remember(token, cached)

  let caller: Caller | null
  try {
    caller = await readDatabase(env, hash)
  } catch (error) {
    if (cached) return cached
    throw error
  }
  if (caller === null) {
    unknown.set(token, true, nowMs + UNKNOWN_MS)
    return null
  }
  ctx.waitUntil(fillKv(env, hash, caller))
  return remember(token, caller)
}

function remember(token: string, caller: Caller): Caller {
  callers.set(token, caller, Date.now() + (caller.sealedKey === null ? NO_KEY_MS : MEMORY_MS))
  return caller
}

async function readKv(env: Env, hash: string): Promise<Caller | null> {
  try {
    const read = env.TOKENS.get<Caller>(kvKey(hash), { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    return await within(KV_LIMIT_MS, 'KV', read)
  } catch (error) {
    console.error('token not read from KV', String(error))
    return null
  }
}

async function readDatabase(env: Env, hash: string): Promise<Caller | null> {
  return within(D1_LIMIT_MS, 'D1', env.DB.prepare(FIND).bind(hash).first<Caller>())
}

async function fillKv(env: Env, hash: string, caller: Caller): Promise<void> {
  try {
    const value = JSON.stringify(caller)
    const put = env.TOKENS.put(kvKey(hash), value, { expirationTtl: KV_TTL_SECONDS })
    await within(KV_LIMIT_MS, 'KV', put)
    // A revocation or a new key may have come between our reading and our writing.
    const now = await readDatabase(env, hash)
    if (now?.sealedKey !== caller.sealedKey) await env.TOKENS.delete(kvKey(hash))
  } catch (error) {
    console.error('token not written to KV', String(error))
  }
}

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
  callers.forgetWhere((caller) => caller.tokenId === tokenId)
  await env.TOKENS.delete(kvKey(row.hash))
  return true
}

/** After its xAI key has changed, nothing that was remembered of an account holds. */
export async function forgetAccount(env: Env, accountId: string): Promise<void> {
  callers.forgetWhere((caller) => caller.accountId === accountId)
  const { results } = await env.DB.prepare(
    'SELECT hash FROM tokens WHERE account_id = ?1 AND revoked_at_ms IS NULL',
  )
    .bind(accountId)
    .all<{ hash: string }>()
  await Promise.all(results.map((row) => env.TOKENS.delete(kvKey(row.hash))))
}
