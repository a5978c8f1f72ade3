import { and, asc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import type { Env } from '../../env.ts'
import { accounts, tokens } from '../../schema/accounts.ts'
import { TOKEN_SETTINGS, type TokenSettings } from '../callers/settings.ts'
import { invalidateToken } from '../callers/store.ts'
import { adoptAnswers } from '../objects/store.ts'
import { hashSecret } from '../seal/hash.ts'
import { seal } from '../seal/seal.ts'
import { SEALED } from '../seal/sealed.ts'
import { newToken } from './token.ts'

export interface TokenInfo extends TokenSettings {
  id: string
  name: string
  lastFour: string
  /** The member who made it. Null: not known any more. */
  createdBy: string | null
  createdAtMs: number
  revokedAtMs: number | null
  /** Until when the secret before the last rotation is accepted; null: there is none. */
  formerUntilMs: number | null
}

/** The members of a token that people choose. Undefined: as it is, or by default. */
type TokenFields = Pick<TokenInfo, 'name'> & TokenSettings
type Given<T> = { [K in keyof T]?: T[K] | undefined }

/** A new token limits nothing but its scope, and what the account's settings say of rates. */
const NEW_TOKEN: Omit<TokenSettings, keyof NewRates> = {
  scope: 'inference',
  expiresAtMs: null,
  disabled: false,
  models: null,
  endpoints: null,
  addresses: null,
}

type NewRates = Pick<TokenSettings, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrent'>

/** The rate limits that the account's new tokens begin with. */
async function newRatesOf(database: D1Database, accountId: string): Promise<NewRates> {
  const found = await drizzle(database)
    .select({
      requestsPerMinute: accounts.newTokenRequestsPerMinute,
      tokensPerMinute: accounts.newTokenTokensPerMinute,
      concurrent: accounts.newTokenConcurrent,
    })
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .get()
  return found ?? { requestsPerMinute: null, tokensPerMinute: null, concurrent: null }
}

const SETTING_KEYS = Object.keys(TOKEN_SETTINGS) as (keyof TokenSettings)[]
const SETTING_COLUMNS = Object.fromEntries(SETTING_KEYS.map((key) => [key, tokens[key]])) as Pick<
  typeof tokens,
  keyof TokenSettings
>
const { id, name, lastFour, createdBy, createdAtMs, revokedAtMs, formerUntilMs } = tokens
export const INFO = {
  id,
  name,
  lastFour,
  createdBy,
  createdAtMs,
  revokedAtMs,
  formerUntilMs,
  ...SETTING_COLUMNS,
}

export const tokenContext = SEALED.tokens.context

export const ownToken = (accountId: string, tokenId: string): SQL | undefined =>
  and(eq(tokens.id, tokenId), eq(tokens.accountId, accountId))

/** A new secret for a token: its text, and what D1 keeps of it. */
export async function newSecretOf(
  env: Env,
  accountId: string,
  tokenId: string,
): Promise<{ token: string; stored: { hash: string; sealed: string; lastFour: string } }> {
  const token = newToken()
  const sealed = await seal(env.MASTER_KEYS, tokenContext(accountId, tokenId), token)
  return { token, stored: { hash: await hashSecret(token), sealed, lastFour: token.slice(-4) } }
}

/** Creates a token and returns it with its text. */
export async function createToken(
  env: Env,
  actor: Actor & { id: string },
  given: Pick<TokenInfo, 'name'> & Given<TokenSettings>,
  nowMs: number,
): Promise<TokenInfo & { token: string }> {
  const { accountId } = actor
  const rates = await newRatesOf(env.DB, accountId)
  const fields = { ...NEW_TOKEN, ...rates, ...defined(given), name: given.name }
  const tokenId = crypto.randomUUID()
  const { token, stored } = await newSecretOf(env, accountId, tokenId)
  await drizzle(env.DB)
    .insert(tokens)
    .values({
      ...fields,
      ...stored,
      id: tokenId,
      accountId,
      createdBy: actor.id,
      createdAtMs: nowMs,
    })
  await recordAudit(env.DB, actor, 'token.made', fields.name, nowMs)
  const about = {
    id: tokenId,
    createdBy: actor.id,
    createdAtMs: nowMs,
    revokedAtMs: null,
    formerUntilMs: null,
  }
  return { ...fields, ...about, lastFour: stored.lastFour, token }
}

export async function listTokens(env: Env, accountId: string): Promise<TokenInfo[]> {
  return drizzle(env.DB)
    .select(INFO)
    .from(tokens)
    .where(eq(tokens.accountId, accountId))
    .orderBy(asc(createdAtMs), asc(id))
}

/** One token of the account that is not revoked; null: there is none with this id. */
export async function findToken(
  env: Env,
  accountId: string,
  tokenId: string,
): Promise<TokenInfo | null> {
  const found = await drizzle(env.DB)
    .select(INFO)
    .from(tokens)
    .where(and(ownToken(accountId, tokenId), isNull(revokedAtMs)))
    .get()
  return found ?? null
}

/** Changes some members of a token. Null: the account has no such token that is not revoked. */
export async function updateToken(
  env: Env,
  actor: Actor,
  tokenId: string,
  given: Given<TokenFields>,
  nowMs: number,
): Promise<TokenInfo | null> {
  const { accountId } = actor
  const before = await findToken(env, accountId, tokenId)
  if (before === null) return null
  const changes = defined(given)
  const changed = (Object.keys(changes) as (keyof TokenFields)[]).filter(
    (key) => JSON.stringify(changes[key]) !== JSON.stringify(before[key]),
  )
  if (changed.length === 0) return before
  const [row] = await drizzle(env.DB)
    .update(tokens)
    .set(changes)
    .where(ownToken(accountId, tokenId))
    .returning({ hash: tokens.hash, formerHash: tokens.formerHash })
  await invalidateToken(env, tokenId, [row?.hash ?? null, row?.formerHash ?? null])
  const after = { ...before, ...changes }
  const names = changed
    .filter((key) => key !== 'scope')
    .map((key) => (key === 'name' ? 'name' : TOKEN_SETTINGS[key].audit))
  const { name: known } = before
  if (names.length > 0)
    await recordAudit(env.DB, actor, 'token.changed', `${known}: ${names.join(', ')}`, nowMs)
  if (changed.includes('scope'))
    await recordAudit(env.DB, actor, 'token.scope-changed', `${known} to ${after.scope}`, nowMs)
  if (before.scope === 'all' && after.scope === 'inference')
    await adoptAnswers(env, { accountId, tokenId }, nowMs)
  return after
}

/** Revokes a token. False: the account has no such token. May be repeated, for example if KV has failed. */
export async function revokeToken(
  env: Env,
  actor: Actor,
  tokenId: string,
  nowMs: number,
): Promise<boolean> {
  const { hash, formerHash } = tokens
  const [row] = await drizzle(env.DB)
    .update(tokens)
    .set({ revokedAtMs: sql`ifnull(${revokedAtMs}, ${nowMs})` })
    .where(ownToken(actor.accountId, tokenId))
    .returning({ hash, formerHash, name, revokedAtMs })
  if (!row) return false
  await invalidateToken(env, tokenId, [row.hash, row.formerHash])
  if (row.revokedAtMs === nowMs) await recordAudit(env.DB, actor, 'token.revoked', row.name, nowMs)
  return true
}

const defined = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
