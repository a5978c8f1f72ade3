import { and, eq, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { findSavedKey } from '../../credentials/keys/store.ts'
import type { Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { billDays, managementKeys } from '../../schema/accounts.ts'
import { checkManagementKey } from '../xai/fetch-store.ts'
import { sealManagementKey } from './secret.ts'

export interface ManagementKey {
  provider: 'grok'
  lastFour: string
  savedAtMs: number
  readAtMs: number | null
  problem: string | null
  /** The running invoice: an Invoice, as JSON. Null: not read yet. */
  invoice: string | null
  /** The first moment that the bill is compared from. */
  keySinceMs: number | null
}

const keyOf = (accountId: string): SQL | undefined =>
  and(eq(managementKeys.accountId, accountId), eq(managementKeys.provider, 'grok'))

/** Null: there is none. */
export async function findManagementKey(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
): Promise<ManagementKey | null> {
  const { provider, lastFour, savedAtMs, readAtMs, problem, invoice, keySinceMs } = managementKeys
  const found = await drizzle(DB)
    .select({ provider, lastFour, savedAtMs, readAtMs, problem, invoice, keySinceMs })
    .from(managementKeys)
    .where(keyOf(accountId))
    .get()
  return found ?? null
}

const NO_KEY = {
  reason: 'parameter_invalid',
  param: 'key',
  problem:
    'save the account’s xAI key on Integrate first: it tells which key and team the bill is read of',
} as const

/** Checks a management key at xAI and saves it unless xAI refuses it. The bill is read within minutes. */
export async function saveManagementKey(
  env: Env,
  actor: Actor,
  key: string,
  nowMs: number,
): Promise<ManagementKey | Refusal> {
  const { accountId } = actor
  if ((await findSavedKey(env, accountId)) === null) return NO_KEY
  const refused = await checkManagementKey(env, accountId, key)
  if (refused) return refused
  const sealed = await sealManagementKey(env.MASTER_KEYS, accountId, key)
  const saved = { sealed, lastFour: key.slice(-4), savedAtMs: nowMs, problem: null, nextAtMs: 0 }
  const { accountId: account, provider } = managementKeys
  await drizzle(env.DB)
    .insert(managementKeys)
    .values({ accountId, provider: 'grok', ...saved })
    .onConflictDoUpdate({ target: [account, provider], set: saved })
  await recordAudit(env.DB, actor, 'management-key.saved', saved.lastFour, nowMs)
  return (await findManagementKey(env, accountId))!
}

/** Deletes the key with what was read of the bill. False: there was none. */
export async function deleteManagementKey(
  { DB }: Pick<Env, 'DB'>,
  actor: Actor,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const [deleted] = await drizzle(DB)
    .delete(managementKeys)
    .where(keyOf(accountId))
    .returning({ lastFour: managementKeys.lastFour })
  if (!deleted) return false
  await drizzle(DB).delete(billDays).where(eq(billDays.accountId, accountId))
  await recordAudit(DB, actor, 'management-key.deleted', deleted.lastFour, nowMs)
  return true
}
