import type { Actor } from '../audit/action.ts'
import { writeDown } from '../audit/store.ts'
import { forgetAccount } from '../callers/store.ts'
import { readSettings, type Env } from '../env.ts'
import type { Refusal } from '../errors.ts'
import { sealProviderKey } from './provider-key.ts'
import { readTrial, type Trial } from './trial.ts'

export interface SavedKey {
  provider: 'grok'
  lastFour: string
  savedAtMs: number
}

async function saveProviderKey(
  env: Env,
  accountId: string,
  key: string,
  nowMs: number,
): Promise<SavedKey> {
  const sealed = await sealProviderKey(env, accountId, key)
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

const TRIAL_LIMIT_MS = 10_000

/** Tries a key at xAI and saves it, unless xAI refuses it; that xAI cannot be asked stops nothing. */
export async function tryAndSaveKey(
  env: Env,
  actor: Actor,
  key: string,
): Promise<{ key: SavedKey; trial: Trial } | Refusal> {
  const trial = await tryKey(env, key)
  if (trial.result === 'refused') {
    const text = trial.message.replaceAll(key, '[key]')
    return { reason: 'provider_key_refused', status: trial.status ?? 0, text }
  }
  const saved = await saveProviderKey(env, actor.accountId, key, Date.now())
  await forgetAccount(env, actor.accountId)
  await writeDown(env.DB, actor, 'key.saved', saved.lastFour, saved.savedAtMs)
  return { key: saved, trial }
}

async function tryKey(env: Env, key: string): Promise<Trial> {
  try {
    const response = await fetch(`${readSettings(env).xaiOrigin}/v1/api-key`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(TRIAL_LIMIT_MS),
    })
    return readTrial(response.status, await response.json().catch(() => null))
  } catch {
    return {
      result: 'unchecked',
      status: null,
      message: 'xAI could not be reached; the key is saved untried',
    }
  }
}

/** False where there was none. */
export async function deleteProviderKey(env: Env, actor: Actor): Promise<boolean> {
  const deleted = await env.DB.prepare(
    `DELETE FROM provider_keys WHERE account_id = ?1 AND provider = 'grok' RETURNING last_four AS lastFour`,
  )
    .bind(actor.accountId)
    .first<{ lastFour: string }>()
  await forgetAccount(env, actor.accountId)
  if (deleted === null) return false
  await writeDown(env.DB, actor, 'key.deleted', deleted.lastFour, Date.now())
  return true
}
