import type { Background, Env } from '../../env.ts'
import { hashSecret } from '../seal/hash.ts'
import { isHeld } from '../seal/seal.ts'
import { within } from '../../http/time-limit.ts'
import { Memory } from '../../http/memory.ts'
import { budgetsSql, type Budget } from '../../spend/budget.ts'
import {
  DEFAULTS,
  SELECT_SETTINGS,
  UNKNOWN_POLICY,
  toPolicy,
  toSettings,
  type CallerSettings,
  type StoredSettings,
  type TokenPolicy,
} from './settings.ts'

/** The account and token of a request, and the account's xAI key, still sealed. */
export interface Caller {
  accountId: string
  tokenId: string
  sealedKey: string | null
  /** When this secret stops, because another one has taken its place; null: it does not. */
  untilMs: number | null
  /** The token's limits. */
  policy: TokenPolicy
  /** The account's budgets, but for those of other tokens. */
  budgets: readonly Budget[]
  /** The account's settings. */
  settings: CallerSettings
}

/** A caller's record in KV: the state of D1 at `checkedAtMs`. */
interface KvCaller extends Omit<Caller, 'settings' | 'policy' | 'untilMs' | 'budgets'> {
  /** Absent in records of an older version, of tokens that had one secret. */
  untilMs?: number | null
  checkedAtMs: number
  /** Partial in records of an older version, which could not limit more. A recheck completes them. */
  policy?: Partial<TokenPolicy>
  /** Absent in records of a version without budgets. A recheck completes them. */
  budgets?: readonly Budget[]
  /** In place of `policy` in records of a version that knew no other limit. */
  scope?: TokenPolicy['scope']
  /** Missing or partial in entries of an older version. */
  settings?: Partial<CallerSettings>
}

// Cache times. A revocation takes effect at once in the isolate that made it, and in others after at most
// MEMORY_MS plus KV's own cache (KV_CACHE_SECONDS): about a minute. In case KV's deletion failed, an entry
// older than RECHECK_MS is compared with D1 when it is read.
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
/** Incremented by each invalidation, so that a lookup that began before it caches nothing after it. */
let generation = 0

const kvKey = (hash: string): string => `token:${hash}`

const FIND = `SELECT t.account_id AS accountId, t.id AS tokenId, k.sealed AS sealedKey,
  iif(t.hash = ?1, NULL, t.former_until_ms) AS untilMs, ${SELECT_SETTINGS},
  ${budgetsSql('t.account_id', `b.scope <> 'token' OR b.value IS NULL OR b.value = t.id`)} AS budgets
FROM tokens t JOIN accounts a ON a.id = t.account_id
LEFT JOIN provider_keys k ON k.account_id = t.account_id AND k.provider = 'grok'
WHERE (t.hash = ?1 OR t.former_hash = ?1) AND t.revoked_at_ms IS NULL`

/**
 * Resolves a token: isolate memory → KV → D1. D1 is authoritative and refills KV. With `needsKey`, a KV entry
 * without a key is not trusted: people save a key and try it at once. Null: unknown or revoked. Throws only if
 * neither KV nor D1 answers.
 */
export async function findCaller(
  env: Env,
  ctx: Background,
  token: string,
  needsKey: boolean,
): Promise<Caller | null> {
  const nowMs = Date.now()
  const remembered = callers.get(token, nowMs)
  if (remembered) return whileValid(remembered, nowMs)
  if (unknown.get(token, nowMs)) return null

  const begun = generation
  const hash = await hashSecret(token)
  const cached = await readKv(env, hash)
  if (cached !== null && isUsable(env, cached, needsKey)) {
    if (cached.checkedAtMs < nowMs - RECHECK_MS) ctx.waitUntil(recheck(env, hash, cached))
    return whileValid(remember(token, cached, begun), nowMs)
  }

  let caller: Caller | null
  try {
    caller = await readDatabase(env, hash)
  } catch (error) {
    if (cached) return whileValid(toCaller(cached), nowMs)
    throw error
  }
  if (caller === null) {
    unknown.set(token, true, nowMs + UNKNOWN_MS)
    return null
  }
  // KV Free allows 1,000 writes a day, so write only what KV does not hold yet. A token without a key, for
  // example, is read from D1 again and again.
  const isKnown =
    cached !== null &&
    scopeOf(cached) !== undefined &&
    comparable(toCaller(cached)) === comparable(caller)
  if (!isKnown) ctx.waitUntil(fillKv(env, hash, caller))
  return whileValid(remember(token, caller, begun), nowMs)
}

/** Null once a newer secret has taken the place of the one that was used. */
const whileValid = (caller: Caller, nowMs: number): Caller | null =>
  caller.untilMs !== null && nowMs >= caller.untilMs ? null : caller

/**
 * False: read D1. The entry is of an older version, has no key (one may have been saved since), or has a key
 * sealed under a version that MASTER_KEYS no longer holds (it was resealed since).
 */
function isUsable(env: Env, cached: KvCaller, needsKey: boolean): boolean {
  if (scopeOf(cached) === undefined) return false
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

/** Undefined: a record from before tokens had scopes. */
const scopeOf = (found: KvCaller | Caller): TokenPolicy['scope'] | undefined =>
  found.policy?.scope ?? ('scope' in found ? found.scope : undefined)

function toCaller(found: KvCaller | Caller): Caller {
  const { accountId, tokenId, sealedKey, untilMs = null, policy, budgets = [], settings } = found
  const scope = scopeOf(found)
  return {
    accountId,
    tokenId,
    sealedKey,
    untilMs,
    policy: { ...UNKNOWN_POLICY, ...(scope && { scope }), ...policy },
    budgets,
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
  type Found = Omit<Caller, 'settings' | 'policy' | 'budgets'> & StoredSettings
  const found = await within(D1_LIMIT_MS, 'D1', env.DB.prepare(FIND).bind(hash).first<Found>())
  if (found === null) return null
  const { accountId, tokenId, sealedKey, untilMs } = found
  const budgets = JSON.parse(String(found['budgets'])) as Budget[]
  const about = { policy: toPolicy(found), budgets, settings: toSettings(found) }
  return { accountId, tokenId, sealedKey, untilMs, ...about }
}

async function fillKv(env: Env, hash: string, caller: Caller): Promise<void> {
  const entry: KvCaller = { ...caller, checkedAtMs: Date.now() }
  try {
    // No time limit: the check below must follow the write, however late that is.
    await env.TOKENS.put(kvKey(hash), JSON.stringify(entry), { expirationTtl: KV_TTL_SECONDS })
  } catch (error) {
    console.error('token not written to KV', String(error))
  }
  await recheck(env, hash, entry)
}

/** Compares KV's entry with D1 and deletes it if they differ: it may have missed a revocation or a new key. */
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

const comparable = ({ policy, budgets, sealedKey, untilMs, settings }: Caller): string =>
  JSON.stringify([policy, budgets, sealedKey, untilMs, settings])

/** Call after a token is revoked or its scope has changed. Clears it from memory and KV. */
export async function invalidateToken(
  env: Env,
  tokenId: string,
  hashes: readonly (string | null)[],
): Promise<void> {
  forget((caller) => caller.tokenId === tokenId)
  await deleteFromKv(
    env,
    hashes.filter((hash) => hash !== null),
  )
}

/** The hashes of an account's valid tokens, former ones as well, under which KV has its callers. */
export async function tokenHashes(env: Env, accountId: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT hash, former_hash AS formerHash FROM tokens WHERE account_id = ?1 AND revoked_at_ms IS NULL',
  )
    .bind(accountId)
    .all<{ hash: string; formerHash: string | null }>()
  return results.flatMap(({ hash, formerHash }) => (formerHash ? [hash, formerHash] : [hash]))
}

/**
 * Call after the account's xAI key or settings have changed, or it is deleted. Clears its tokens from memory
 * and KV. `hashes`: those of an account that D1 does not have any more.
 */
export async function invalidateAccount(
  env: Env,
  accountId: string,
  hashes?: readonly string[],
): Promise<void> {
  forget((caller) => caller.accountId === accountId)
  await deleteFromKv(env, hashes ?? (await tokenHashes(env, accountId)))
}

/** A failed deletion is only logged: the recheck of a later read corrects it. */
async function deleteFromKv(env: Env, hashes: readonly string[]): Promise<void> {
  const deletions = hashes.map((hash) => within(KV_LIMIT_MS, 'KV', env.TOKENS.delete(kvKey(hash))))
  for (const result of await Promise.allSettled(deletions)) {
    if (result.status === 'rejected')
      console.error('token not deleted from KV', String(result.reason))
  }
}
