import { and, asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import * as z from 'zod'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import { channels } from '../../schema/accounts.ts'
import { newSecret } from '../deliver/webhook.ts'
import type { ChannelSecret } from './channel.ts'
import type { ChannelKind } from './kinds.ts'
import { openChannel, sealChannel } from './secret.ts'
import { forget } from './forget-store.ts'
import { shownTarget, targetProblem } from './target.ts'

export type ChannelRow = typeof channels.$inferSelect

export const MOST_CHANNELS = 10

const own = (accountId: string, id: string) =>
  and(eq(channels.accountId, accountId), eq(channels.id, id))

/** The oldest first. */
export const listChannels = ({ DB }: Pick<Env, 'DB'>, accountId: string): Promise<ChannelRow[]> =>
  drizzle(DB)
    .select()
    .from(channels)
    .where(eq(channels.accountId, accountId))
    .orderBy(asc(channels.createdAtMs), asc(channels.id))

/** Null: the account has no such channel. */
export async function findChannel(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  id: string,
): Promise<ChannelRow | null> {
  return (await drizzle(DB).select().from(channels).where(own(accountId, id)).get()) ?? null
}

const refuse = (param: string, problem: string): Refusal => ({
  reason: 'parameter_invalid',
  param,
  problem,
})

const address = z.email()

/** The reason why this address is of no use. Null: it is. */
function targetRefusal(env: Env, kind: ChannelKind, target: string): Refusal | null {
  if (kind === 'email') {
    if (!address.safeParse(target).success) return refuse('target', 'use one e-mail address')
    return env.EMAIL && env.ALERTS_FROM
      ? null
      : refuse(
          'kind',
          'this deployment sends no e-mail: bind EMAIL in wrangler.toml and set ALERTS_FROM (docs/operations.md), or use webhook or slack',
        )
  }
  const problem = targetProblem(target, readSiteSettings(env).channelTestOrigins)
  return problem === null ? null : refuse('target', problem)
}

const shownOf = (kind: ChannelKind, target: string): string =>
  kind === 'email' ? target : shownTarget(target)

interface Fields {
  name: string
  kind: ChannelKind
  target: string
}

/** Creates a channel, and returns the secret of a webhook with it. `origin`: the deployment's own. */
export async function createChannel(
  env: Env,
  actor: Actor,
  { name, kind, target }: Fields,
  origin: string,
  nowMs: number,
): Promise<{ channel: ChannelRow; secret: string | null } | Refusal> {
  const { accountId } = actor
  const refused = targetRefusal(env, kind, target)
  if (refused) return refused
  if ((await listChannels(env, accountId)).length >= MOST_CHANNELS)
    return refuse('body', `an account has at most ${MOST_CHANNELS} channels; delete one`)
  const id = crypto.randomUUID()
  const secret = kind === 'webhook' ? newSecret() : null
  const sealed = await sealChannel(env.MASTER_KEYS, accountId, id, { target, secret })
  const [channel] = await drizzle(env.DB)
    .insert(channels)
    .values({
      id,
      accountId,
      name,
      kind,
      sealed,
      origin,
      shown: shownOf(kind, target),
      createdAtMs: nowMs,
    })
    .returning()
  await recordAudit(env.DB, actor, 'channel.created', name, nowMs)
  return { channel: channel!, secret }
}

export interface ChannelChanges {
  name?: string | undefined
  target?: string | undefined
  rotateSecret?: boolean | undefined
}

/** Changes some members. Null: the account has no such channel. `secret`: the new one, if there is one. */
export async function updateChannel(
  env: Env,
  actor: Actor,
  id: string,
  changes: ChannelChanges,
  nowMs: number,
): Promise<{ channel: ChannelRow; secret: string | null } | Refusal | null> {
  const before = await findChannel(env, actor.accountId, id)
  if (before === null) return null
  const { name = before.name, target, rotateSecret = false } = changes
  const refused = target === undefined ? null : targetRefusal(env, before.kind, target)
  if (refused) return refused
  if (rotateSecret && before.kind !== 'webhook')
    return refuse('rotateSecret', 'only a webhook has a secret')
  const isSecretNew = target !== undefined || rotateSecret
  const opened = isSecretNew
    ? await openChannel(env.MASTER_KEYS, before.accountId, id, before.sealed)
    : null
  const secret = rotateSecret ? newSecret() : (opened?.secret ?? null)
  const next: ChannelSecret | null = opened && { target: target ?? opened.target, secret }
  const [channel] = await drizzle(env.DB)
    .update(channels)
    .set({
      name,
      ...(next && {
        sealed: await sealChannel(env.MASTER_KEYS, before.accountId, id, next),
        shown: shownOf(before.kind, next.target),
      }),
      ...(target === undefined ? {} : { failures: 0, lastError: null }),
    })
    .where(own(actor.accountId, id))
    .returning()
  if (!channel) return null
  await recordAudit(env.DB, actor, 'channel.changed', changeOf(name, changes), nowMs)
  return { channel, secret: rotateSecret ? secret : null }
}

function changeOf(name: string, { rotateSecret, ...changes }: ChannelChanges): string {
  const changed = Object.entries({ ...changes, secret: rotateSecret === true ? true : undefined })
  const names = changed.filter(([, value]) => value !== undefined).map(([key]) => key)
  return names.length === 0 ? name : `${name}: ${names.join(', ')}`
}

/** False: the account has no such channel. */
export async function deleteChannel(
  env: Env,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [row] = await drizzle(env.DB)
    .delete(channels)
    .where(own(actor.accountId, id))
    .returning({ name: channels.name })
  if (!row) return false
  await forget(env, actor.accountId, id)
  await recordAudit(env.DB, actor, 'channel.deleted', row.name, nowMs)
  return true
}
