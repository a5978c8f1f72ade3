import { and, asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { apiTokens, members } from '../../schema/accounts.ts'
import { hashSecret } from '../seal/hash.ts'
import { makeApiToken, type Scope } from './token.ts'
import { HOUR_MS } from '../../http/time.ts'

export interface ApiTokenInfo {
  id: string
  name: string
  lastFour: string
  scopes: Scope[]
  createdAtMs: number
  lastUsedAtMs: number | null
  createdBy: string
}

/** Returns the new token's text. Only its hash is stored, so it cannot be shown again. */
export async function createApiToken(
  database: D1Database,
  actor: Actor & { id: string },
  { name, scopes }: { name: string; scopes: Scope[] },
  nowMs: number,
): Promise<string> {
  const token = makeApiToken()
  await drizzle(database)
    .insert(apiTokens)
    .values({
      id: crypto.randomUUID(),
      accountId: actor.accountId,
      memberId: actor.id,
      name,
      hash: await hashSecret(token),
      lastFour: token.slice(-4),
      scopes,
      createdAtMs: nowMs,
    })
  await recordAudit(database, actor, 'api-token.made', name, nowMs)
  return token
}

export async function listApiTokens(
  database: D1Database,
  accountId: string,
): Promise<ApiTokenInfo[]> {
  const { id, name, lastFour, scopes, createdAtMs, lastUsedAtMs } = apiTokens
  return drizzle(database)
    .select({
      id,
      name,
      lastFour,
      scopes,
      createdAtMs,
      lastUsedAtMs,
      createdBy: members.name,
    })
    .from(apiTokens)
    .innerJoin(members, eq(members.id, apiTokens.memberId))
    .where(eq(apiTokens.accountId, accountId))
    .orderBy(asc(createdAtMs), asc(id))
}

/** Takes effect at once. False: the account has no such token. */
export async function revokeApiToken(
  database: D1Database,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [gone] = await drizzle(database)
    .delete(apiTokens)
    .where(and(eq(apiTokens.id, id), eq(apiTokens.accountId, actor.accountId)))
    .returning({ name: apiTokens.name })
  if (!gone) return false
  await recordAudit(database, actor, 'api-token.revoked', gone.name, nowMs)
  return true
}

export interface Reader {
  id: string
  accountId: string
  name: string
  scopes: Scope[]
  lastUsedAtMs: number | null
}

export async function findReader(database: D1Database, token: string): Promise<Reader | null> {
  const { id, accountId, name, scopes, lastUsedAtMs, hash } = apiTokens
  const found = await drizzle(database)
    .select({ id, accountId, name, scopes, lastUsedAtMs })
    .from(apiTokens)
    .where(eq(hash, await hashSecret(token)))
    .get()
  return found ?? null
}

const NOTED_MS = HOUR_MS

/** Records when a token was last used, at most once an hour. */
export async function noteUse(database: D1Database, reader: Reader, nowMs: number): Promise<void> {
  if (reader.lastUsedAtMs !== null && nowMs - reader.lastUsedAtMs < NOTED_MS) return
  await drizzle(database)
    .update(apiTokens)
    .set({ lastUsedAtMs: nowMs })
    .where(eq(apiTokens.id, reader.id))
}
