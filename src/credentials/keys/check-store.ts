import { desc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { accounts, providerKeys } from '../../schema/accounts.ts'
import { readSettings, type Env } from '../../env.ts'
import { readKeyCheck, type KeyCheck } from '../../xai/check-key.ts'
import { openProviderKey } from './provider-key.ts'

const LIMIT_MS = 10_000

export interface Asked extends KeyCheck {
  /** The time of xAI's clock. Null: there was no answer, or it did not say. */
  servedAtMs: number | null
}

/** Asks xAI about a key, which costs nothing. xAI's message may repeat the key: leave it out before you show it. */
export async function askAboutKey(env: Env, key: string): Promise<Asked> {
  try {
    const response = await fetch(`${readSettings(env).xaiOrigin}/v1/api-key`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const servedAtMs = Date.parse(response.headers.get('date') ?? '')
    const check = readKeyCheck(response.status, await response.json().catch(() => null))
    return {
      ...check,
      message: check.message.replaceAll(key, '[key]'),
      servedAtMs: Number.isNaN(servedAtMs) ? null : servedAtMs,
    }
  } catch {
    return {
      result: 'unchecked',
      status: null,
      message: 'xAI could not be reached',
      servedAtMs: null,
    }
  }
}

/** A saved key, opened. */
export interface OpenedKey {
  accountName: string
  lastFour: string
  key: string
}

/** The saved keys of one account, or of all (null): the newest, up to `most`. Throws a SealError if one does not open. */
export async function openSavedKeys(
  env: Env,
  accountId: string | null,
  most: number,
): Promise<OpenedKey[]> {
  const { lastFour, sealed, savedAtMs } = providerKeys
  const saved = await drizzle(env.DB)
    .select({ id: accounts.id, name: accounts.name, lastFour, sealed })
    .from(providerKeys)
    .innerJoin(accounts, eq(accounts.id, providerKeys.accountId))
    .where(accountId === null ? undefined : eq(providerKeys.accountId, accountId))
    .orderBy(desc(savedAtMs))
    .limit(most)
  return Promise.all(
    saved.map(async ({ id, name, lastFour, sealed }) => ({
      accountName: name,
      lastFour,
      key: await openProviderKey(env.MASTER_KEYS, id, sealed),
    })),
  )
}
