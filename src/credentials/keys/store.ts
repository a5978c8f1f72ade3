import { and, eq, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { providerKeys } from '../../schema/accounts.ts'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { invalidateAccount } from '../callers/store.ts'
import type { Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { sealProviderKey } from './provider-key.ts'
import type { KeyCheck } from '../../xai/check-key.ts'
import { askAboutKey } from './check-store.ts'

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

/** Checks a key at xAI and saves it unless xAI rejects it. If xAI cannot be reached, it is saved unchecked. */
export async function checkAndSaveKey(
  env: Env,
  actor: Actor,
  key: string,
): Promise<{ key: SavedKey; check: KeyCheck } | Refusal> {
  const { servedAtMs: _, ...asked } = await askAboutKey(env, key)
  if (asked.result === 'refused')
    return { reason: 'provider_key_refused', status: asked.status ?? 0, text: asked.message }
  const check =
    asked.status === null
      ? { ...asked, message: `${asked.message}; the key is saved without a test` }
      : asked
  const saved = await saveProviderKey(env, actor.accountId, key, Date.now())
  await invalidateAccount(env, actor.accountId)
  await recordAudit(env.DB, actor, 'key.saved', saved.lastFour, saved.savedAtMs)
  return { key: saved, check }
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
