import { and, eq, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { providerKeys } from '../../schema/accounts.ts'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { invalidateAccount } from '../callers/store.ts'
import { readSettings, type Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { sealProviderKey } from './provider-key.ts'
import { readKeyCheck, type KeyCheck } from '../../xai/check-key.ts'

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
  const sealed = await sealProviderKey(env.MASTER_KEYS, accountId, key)
  const saved: SavedKey = { provider: 'grok', lastFour: key.slice(-4), savedAtMs: nowMs }
  const { accountId: account, provider } = providerKeys
  await drizzle(env.DB)
    .insert(providerKeys)
    .values({ accountId, sealed, ...saved })
    .onConflictDoUpdate({ target: [account, provider], set: { sealed, ...saved } })
  return saved
}

export async function findSavedKey(env: Env, accountId: string): Promise<SavedKey | null> {
  const { provider, lastFour, savedAtMs } = providerKeys
  const found = await drizzle(env.DB)
    .select({ provider, lastFour, savedAtMs })
    .from(providerKeys)
    .where(keyOf(accountId))
    .get()
  return found ?? null
}

const keyOf = (accountId: string): SQL | undefined =>
  and(eq(providerKeys.accountId, accountId), eq(providerKeys.provider, 'grok'))

const CHECK_LIMIT_MS = 10_000

/** Checks a key at xAI and saves it unless xAI rejects it. If xAI cannot be reached, it is saved unchecked. */
export async function checkAndSaveKey(
  env: Env,
  actor: Actor,
  key: string,
): Promise<{ key: SavedKey; check: KeyCheck } | Refusal> {
  const check = await checkKey(env, key)
  if (check.result === 'refused') {
    const text = check.message.replaceAll(key, '[key]')
    return { reason: 'provider_key_refused', status: check.status ?? 0, text }
  }
  const saved = await saveProviderKey(env, actor.accountId, key, Date.now())
  await invalidateAccount(env, actor.accountId)
  await recordAudit(env.DB, actor, 'key.saved', saved.lastFour, saved.savedAtMs)
  return { key: saved, check }
}

async function checkKey(env: Env, key: string): Promise<KeyCheck> {
  try {
    const response = await fetch(`${readSettings(env).xaiOrigin}/v1/api-key`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(CHECK_LIMIT_MS),
    })
    return readKeyCheck(response.status, await response.json().catch(() => null))
  } catch {
    return {
      result: 'unchecked',
      status: null,
      message: 'xAI could not be reached; the key is saved without a test',
    }
  }
}

/** False: there was no key. */
export async function deleteProviderKey(env: Env, actor: Actor): Promise<boolean> {
  const [deleted] = await drizzle(env.DB)
    .delete(providerKeys)
    .where(keyOf(actor.accountId))
    .returning({ lastFour: providerKeys.lastFour })
  await invalidateAccount(env, actor.accountId)
  if (!deleted) return false
  await recordAudit(env.DB, actor, 'key.deleted', deleted.lastFour, Date.now())
  return true
}
