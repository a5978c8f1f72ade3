import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { and, asc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { tokens } from '../../schema/accounts.ts'
import { invalidateToken } from '../callers/store.ts'
import type { Env } from '../../env.ts'
import { hashSecret } from '../seal/hash.ts'
import { open, seal } from '../seal/seal.ts'
import { SEALED } from '../seal/sealed.ts'
import { adoptAnswers, handOnObjects } from '../objects/store.ts'
import { newToken, type TokenScope } from './token.ts'

export interface TokenInfo {
  id: string
  name: string
  lastFour: string
  scope: TokenScope
  createdAtMs: number
  revokedAtMs: number | null
}

/** The fields that are chosen when a token is created. */
export type NewToken = Pick<TokenInfo, 'name' | 'scope'>

/** Creates a token and returns its text. */
export async function createToken(
  env: Env,
  actor: Actor,
  wanted: NewToken,
  nowMs: number,
): Promise<TokenInfo & { token: string }> {
  const created = await insertToken(env, actor.accountId, wanted, nowMs)
  await recordAudit(env.DB, actor, 'token.made', wanted.name, nowMs)
  return created
}

async function insertToken(
  env: Env,
  accountId: string,
  { name, scope }: NewToken,
  nowMs: number,
): Promise<TokenInfo & { token: string }> {
  const token = newToken()
  const id = crypto.randomUUID()
  const lastFour = token.slice(-4)
  await drizzle(env.DB)
    .insert(tokens)
    .values({
      id,
      accountId,
      name,
      hash: await hashSecret(token),
      sealed: await seal(env.MASTER_KEYS, tokenContext(accountId, id), token),
      lastFour,
      createdAtMs: nowMs,
      scope,
    })
  return { id, name, lastFour, scope, createdAtMs: nowMs, revokedAtMs: null, token }
}

export interface RevealedToken {
  id: string
  name: string
  token: string
  scope: TokenScope
  createdAtMs: number
}

/** The account's active tokens with their texts, the oldest first. */
export async function revealTokens(env: Env, accountId: string): Promise<RevealedToken[]> {
  const { id, name, sealed: box, scope, createdAtMs } = tokens
  const rows = await drizzle(env.DB)
    .select({ id, name, sealed: box, scope, createdAtMs })
    .from(tokens)
    .where(and(eq(tokens.accountId, accountId), isNull(tokens.revokedAtMs)))
    .orderBy(asc(createdAtMs), asc(id))
  return Promise.all(
    rows.map(async ({ sealed, ...row }) => ({
      ...row,
      token: await open(env.MASTER_KEYS, tokenContext(accountId, row.id), sealed),
    })),
  )
}

/** Replaces a token with a new one and revokes the old one. False: the account has no such active token. */
export async function replaceToken(
  env: Env,
  actor: Actor,
  tokenId: string,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const old = (await listTokens(env, accountId)).find((token) => token.id === tokenId)
  if (!old || old.revokedAtMs !== null) return false
  const { id: heirId } = await insertToken(env, accountId, old, nowMs)
  await env.DB.batch(handOnObjects(env.DB, { accountId, tokenId }, heirId))
  await stopToken(env, accountId, tokenId, nowMs)
  await recordAudit(env.DB, actor, 'token.regenerated', old.name, nowMs)
  return true
}

const tokenContext = SEALED.tokens.context

const ownToken = (accountId: string, id: string): SQL | undefined =>
  and(eq(tokens.id, id), eq(tokens.accountId, accountId))

export async function listTokens(env: Env, accountId: string): Promise<TokenInfo[]> {
  const { id, name, lastFour, scope, createdAtMs, revokedAtMs } = tokens
  return drizzle(env.DB)
    .select({ id, name, lastFour, scope, createdAtMs, revokedAtMs })
    .from(tokens)
    .where(eq(tokens.accountId, accountId))
    .orderBy(asc(createdAtMs), asc(id))
}

/** Token names by ID, including revoked tokens. */
export async function tokenNames(env: Env, accountId: string): Promise<Map<string, string>> {
  return new Map((await listTokens(env, accountId)).map(({ id, name }) => [id, name]))
}

/** Changes a token's scope. Null: the account has no such active token. */
export async function changeScope(
  env: Env,
  actor: Actor,
  tokenId: string,
  scope: TokenScope,
  nowMs: number,
): Promise<TokenInfo | null> {
  const { accountId } = actor
  const found = (await listTokens(env, accountId)).find((token) => token.id === tokenId)
  if (!found || found.revokedAtMs !== null) return null
  const [changed] = await drizzle(env.DB)
    .update(tokens)
    .set({ scope })
    .where(ownToken(accountId, tokenId))
    .returning({ hash: tokens.hash })
  await invalidateToken(env, tokenId, changed?.hash ?? '')
  if (found.scope !== scope)
    await recordAudit(env.DB, actor, 'token.scope-changed', `${found.name} to ${scope}`, nowMs)
  if (found.scope === 'all' && scope === 'inference')
    await adoptAnswers(env, { accountId, tokenId }, nowMs)
  return { ...found, scope }
}

/** False: the account has no such token. May be repeated if KV did not answer. */
export async function revokeToken(
  env: Env,
  actor: Actor,
  tokenId: string,
  nowMs: number,
): Promise<boolean> {
  const revoked = await stopToken(env, actor.accountId, tokenId, nowMs)
  if (revoked === null) return false
  if (revoked.isNew) await recordAudit(env.DB, actor, 'token.revoked', revoked.name, nowMs)
  return true
}

async function stopToken(
  env: Env,
  accountId: string,
  tokenId: string,
  nowMs: number,
): Promise<{ name: string; isNew: boolean } | null> {
  const { hash, name, revokedAtMs } = tokens
  const [row] = await drizzle(env.DB)
    .update(tokens)
    .set({ revokedAtMs: sql`ifnull(${revokedAtMs}, ${nowMs})` })
    .where(ownToken(accountId, tokenId))
    .returning({ hash, name, revokedAtMs })
  if (!row) return null
  await invalidateToken(env, tokenId, row.hash)
  return { name: row.name, isNew: row.revokedAtMs === nowMs }
}
