import type { Background, Env } from '../../env.ts'
import { hashSecret } from '../seal/hash.ts'
import { isHeld } from '../seal/seal.ts'
import { within } from '../../http/time-limit.ts'
import { Memory } from '../../http/memory.ts'
import {
  DEFAULTS,
  SELECT_SETTINGS,
  UNKNOWN_POLICY,
  isWholePolicy,
  toPolicy,
  toSettings,
  type CallerSettings,
  type StoredSettings,
  type TokenPolicy,
} from './settings.ts'

/** Who is calling, and the key that pays for it, still sealed. */
export interface Caller {
  accountId: string
  tokenId: string
  sealedKey: string | null
  /** What limits the token. */
  policy: TokenPolicy
  /** Of the account. */
  settings: CallerSettings
}

/** A caller as KV keeps it: as D1 had it at that moment. */
interface KvCaller extends Omit<Caller, 'settings' | 'policy'> {
  checkedAtMs: number
  /** Absent, or in part, in entries of an older version, which are not believed. */
  policy?: Partial<TokenPolicy>
  /** Absent, or in part, in entries of an older version. */
  settings?: Partial<CallerSettings>
}

// Cache times. A revocation is heard of at once in the isolate that made it, and elsewhere after
// MEMORY_MS and KV's own cache (KV_CACHE_SECONDS) at the most: about a minute. Should KV not have heard,
// whoever reads an entry older than RECHECK_MS from it holds it against D1.
const MEMORY_MS = 30_000
const UNKNOWN_MS = 10_000
const NO_KEY_MS = 5_000
const RECHECK_MS = 60_000
const KV_CACHE_SECONDS = 30
const KV_TTL_SECONDS = 86_400
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 5_000

const callers = new Memory<Caller>(5_000)
const unknown = new Memory<true>(5_000)
/** Grows with each forgetting, so that a look-up begun before it remembers nothing after it. */
let generation = 0

const kvKey = (hash: string): string => `token:${hash}`

const FIND = `SELECT t.account_id AS accountId, t.id AS tokenId, k.sealed AS sealedKey,
  ${SELECT_SETTINGS}
FROM tokens t JOIN accounts a ON a.id = t.account_id
LEFT JOIN provider_keys k ON k.account_id = t.account_id AND k.provider = 'grok'
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

  const begun = generation
  const hash = await hashSecret(token)
  const cached = await readKv(env, hash)
  if (cached !== null && isUsable(env, cached, needsKey)) {
    if (cached.checkedAtMs < nowMs - RECHECK_MS) ctx.waitUntil(recheck(env, hash, cached))
    return remember(token, cached, begun)
  }

  let caller: Caller | null
  try {
    caller = await readDatabase(env, hash)
  } catch (error) {
    if (cached) return toCaller(cached)
    throw error
  }
  if (caller === null) {
    unknown.set(token, true, nowMs + UNKNOWN_MS)
    return null
  }
  // KV's free thousand writes a day are not for what it holds already: of a token without a key, say, for which
  // D1 is asked time and again.
  const isKnown =
    cached !== null &&
    isWholePolicy(cached.policy) &&
    comparable(toCaller(cached)) === comparable(caller)
  if (!isKnown) ctx.waitUntil(fillKv(env, hash, caller))
  return remember(token, caller, begun)
}

/** Else D1 knows more: of an older version, of a key saved since, or of one that was sealed anew. */
function isUsable(env: Env, cached: KvCaller, needsKey: boolean): boolean {
  if (!isWholePolicy(cached.policy)) return false
  if (cached.sealedKey === null) return !needsKey
  return isHeld(env.MASTER_KEYS, cached.sealedKey)
}

function remember(token: string, found: KvCaller | Caller, begun: number): Caller {
  const caller = toCaller(found)
  const { sealedKey } = caller
  if (begun === generation) {
    callers.set(token, caller, Date.now() + (sealedKey === null ? NO_KEY_MS : MEMORY_MS))
  }
  return caller
}

function toCaller({ accountId, tokenId, sealedKey, policy, settings }: KvCaller | Caller): Caller {
  return {
    accountId,
    tokenId,
    sealedKey,
    policy: { ...UNKNOWN_POLICY, ...policy },
    settings: { ...DEFAULTS, ...settings },
  }
}

function forget(matches: (caller: Caller) => boolean): void {
  generation++
  callers.deleteWhere(matches)
}

async function readKv(env: Env, hash: string): Promise<KvCaller | null> {
  try {
    const read = env.TOKENS.get<KvCaller>(kvKey(hash), { type: 'json', cacheTtl: KV_CACHE_SECONDS })
    return await within(KV_LIMIT_MS, 'KV', read)
  } catch (error) {
    console.error('token not read from KV', String(error))
    return null
  }
}

async function readDatabase(env: Env, hash: string): Promise<Caller | null> {
  type Found = Omit<Caller, 'settings' | 'policy'> & StoredSettings
  const found = await within(D1_LIMIT_MS, 'D1', env.DB.prepare(FIND).bind(hash).first<Found>())
  if (found === null) return null
  const { accountId, tokenId, sealedKey } = found
  return { accountId, tokenId, sealedKey, policy: toPolicy(found), settings: toSettings(found) }
}

async function fillKv(env: Env, hash: string, caller: Caller): Promise<void> {
  const entry: KvCaller = { ...caller, checkedAtMs: Date.now() }
  try {
    // Without a limit: however late it is written, what it says has to be checked after that.
    await env.TOKENS.put(kvKey(hash), JSON.stringify(entry), { expirationTtl: KV_TTL_SECONDS })
  } catch (error) {
    console.error('token not written to KV', String(error))
  }
  await recheck(env, hash, entry)
}

/** Holds what KV says against D1: a revocation or a new key may have passed it by. */
async function recheck(env: Env, hash: string, entry: KvCaller): Promise<void> {
  try {
    const now = await readDatabase(env, hash)
    if (now !== null && comparable(toCaller(now)) === comparable(toCaller(entry))) return
    forget((caller) => caller.tokenId === entry.tokenId)
    await env.TOKENS.delete(kvKey(hash))
  } catch (error) {
    console.error('token not checked', String(error))
  }
}

const comparable = ({ policy, sealedKey, settings }: Caller): string =>
  JSON.stringify([policy, sealedKey, settings])

/** After a revocation, or a change of what it may do: what was remembered of a token holds no more. */
export async function invalidateToken(env: Env, tokenId: string, hash: string): Promise<void> {
  forget((caller) => caller.tokenId === tokenId)
  await deleteFromKv(env, [hash])
}

/** After its xAI key has changed, nothing that was remembered of an account holds. */
export async function invalidateAccount(env: Env, accountId: string): Promise<void> {
  forget((caller) => caller.accountId === accountId)
  const { results } = await env.DB.prepare(
    'SELECT hash FROM tokens WHERE account_id = ?1 AND revoked_at_ms IS NULL',
  )
    .bind(accountId)
    .all<{ hash: string }>()
  await deleteFromKv(
    env,
    results.map((row) => row.hash),
  )
}

/** What KV fails to delete is found out by whoever reads it next. */
async function deleteFromKv(env: Env, hashes: readonly string[]): Promise<void> {
  const deletions = hashes.map((hash) => within(KV_LIMIT_MS, 'KV', env.TOKENS.delete(kvKey(hash))))
  for (const result of await Promise.allSettled(deletions)) {
    if (result.status === 'rejected')
      console.error('token not deleted from KV', String(result.reason))
  }
}
