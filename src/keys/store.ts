import type { Env } from '../env.ts'
import { currentVersion, knownVersions, open, seal, SealError } from './seal.ts'

export interface SavedKey {
  provider: 'grok'
  lastFour: string
  savedAtMs: number
}

const keyContext = (accountId: string): string => `${accountId}|provider-key|grok`
const CANARY_CONTEXT = 'canary'
const CANARY_TEXT = 'this deployment can open what it has sealed'

/** The account's xAI key for one request. Throws a SealError. */
export async function openProviderKey(
  env: Env,
  accountId: string,
  sealed: string,
): Promise<string> {
  return open(env.MASTER_KEYS, keyContext(accountId), sealed)
}

export async function saveProviderKey(
  env: Env,
  accountId: string,
  key: string,
  nowMs: number,
): Promise<SavedKey> {
  const sealed = await seal(env.MASTER_KEYS, keyContext(accountId), key)
  const saved: SavedKey = { provider: 'grok', lastFour: key.slice(-4), savedAtMs: nowMs }
  await env.DB.prepare(
    `INSERT INTO provider_keys (account_id, provider, sealed, last_four, saved_at_ms) VALUES (?1, 'grok', ?2, ?3, ?4)
     ON CONFLICT (account_id, provider) DO UPDATE SET sealed = ?2, last_four = ?3, saved_at_ms = ?4`,
  )
    .bind(accountId, sealed, saved.lastFour, nowMs)
    .run()
  return saved
}

export async function findSavedKey(env: Env, accountId: string): Promise<SavedKey | null> {
  return env.DB.prepare(
    `SELECT provider, last_four AS lastFour, saved_at_ms AS savedAtMs FROM provider_keys WHERE account_id = ?1 AND provider = 'grok'`,
  )
    .bind(accountId)
    .first<SavedKey>()
}

/** False where there was none. */
export async function deleteProviderKey(env: Env, accountId: string): Promise<boolean> {
  const result = await env.DB.prepare(
    `DELETE FROM provider_keys WHERE account_id = ?1 AND provider = 'grok'`,
  )
    .bind(accountId)
    .run()
  return result.meta.changes > 0
}

const checked = new WeakSet<Env>()

/**
 * Makes sure, once per isolate, that MASTER_KEYS opens what this deployment has sealed, and leaves a
 * canary under a version that has none. Throws a SealError that says what to do.
 */
export async function checkMasterKeys(env: Env): Promise<void> {
  if (checked.has(env)) return
  await readCanaries(env)
  checked.add(env)
}

/** The same, without trusting an earlier answer. */
export async function readCanaries(env: Env): Promise<void> {
  const { results } = await env.DB.prepare('SELECT version, sealed FROM canaries').all<{
    version: string
    sealed: string
  }>()
  const versions = knownVersions(env.MASTER_KEYS)
  const openable = results.filter((canary) => versions.includes(canary.version))
  if (results.length > 0 && openable.length === 0) {
    throw new SealError(
      `MASTER_KEYS holds ${versions.join(', ')}, but this deployment sealed with ${results.map((canary) => canary.version).join(', ')}; put the former key back, behind the new one`,
    )
  }
  for (const canary of openable) await open(env.MASTER_KEYS, CANARY_CONTEXT, canary.sealed)

  const current = currentVersion(env.MASTER_KEYS)
  if (results.some((canary) => canary.version === current)) return
  const sealed = await seal(env.MASTER_KEYS, CANARY_CONTEXT, CANARY_TEXT)
  await env.DB.prepare(
    'INSERT INTO canaries (version, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING',
  )
    .bind(current, sealed)
    .run()
}
