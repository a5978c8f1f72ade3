import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import type { ChannelKind } from '../channels/kinds.ts'
import { openChannel } from '../channels/secret.ts'
import type { Content } from '../content.ts'
import type { AlertNote } from '../raise-store.ts'
import { ATTEMPT_MS, nextAttemptMs } from './delivery.ts'
import { composeMessage, findMessage, type Message } from './message-store.ts'
import { post } from './post-store.ts'
import type { Outgoing } from './webhook.ts'

/** The clocks of a queue and of an isolate differ. */
const EARLY_MS = 5_000

/** Puts a message into words unless that was done, and sends it to the channels that wait for it. */
export async function deliver(env: Env, note: AlertNote, nowMs: number): Promise<void> {
  const message = await findMessage(env, note.messageId)
  if (message === null) return
  const content = message.content ?? (await composeMessage(env, message, nowMs))
  const tried = await attempt(env, { ...message, content }, note.channelId, nowMs)
  for (const { channelId, nextAtMs } of tried)
    if (nextAtMs !== null) await again(env, { ...note, channelId }, nextAtMs - nowMs)
}

/** A retry that the queue does not take is found by a job. */
async function again(env: Env, note: AlertNote, delayMs: number): Promise<void> {
  try {
    await env.ALERTS_QUEUE.send(note, { delaySeconds: Math.max(1, Math.ceil(delayMs / 1_000)) })
  } catch (error) {
    console.error('alert not queued again', note.messageId, loggable(error))
  }
}

interface Claimed {
  channelId: string
  attempts: number
}

interface Tried extends Claimed {
  error: string | null
  /** When it is tried next. Null: never. */
  nextAtMs: number | null
}

/** One attempt for each channel that is due. Others that run at the same time find nothing due. */
async function attempt(
  env: Env,
  message: Message & { content: Content },
  channelId: string | null,
  nowMs: number,
): Promise<Tried[]> {
  const { results: claimed } = await env.DB.prepare(
    `UPDATE deliveries SET attempts = attempts + 1, next_at_ms = ?2
     WHERE message_id = ?1 AND state = 'waiting' AND next_at_ms <= ?3 AND (?4 IS NULL OR channel_id = ?4)
     RETURNING channel_id AS channelId, attempts`,
  )
    .bind(message.id, nowMs + ATTEMPT_MS, nowMs + EARLY_MS, channelId)
    .all<Claimed>()
  if (claimed.length === 0) return []
  const channels = await openChannels(env, message.accountId)
  const tried = await Promise.all(
    claimed.map(async (one): Promise<Tried> => {
      const sealed = channels.get(one.channelId)
      if (!sealed) return { ...one, error: 'the channel was deleted', nextAtMs: null }
      const error = await sendTo(env, sealed, message)
      const nextAtMs = error === null ? null : nextAttemptMs(one.attempts, message.atMs, nowMs)
      return { ...one, error, nextAtMs }
    }),
  )
  await noteTried(env, message.id, tried, nowMs)
  return tried
}

export interface SealedChannel {
  id: string
  accountId: string
  name: string
  kind: ChannelKind
  sealed: string
  origin: string
}

async function openChannels(
  { DB }: Env,
  accountId: string,
): Promise<ReadonlyMap<string, SealedChannel>> {
  const { results } = await DB.prepare(
    'SELECT id, account_id AS accountId, name, kind, sealed, origin FROM channels WHERE account_id = ?1',
  )
    .bind(accountId)
    .all<SealedChannel>()
  return new Map(results.map((channel) => [channel.id, channel]))
}

/** Sends a message to a channel once. Null: it was taken; otherwise the reason. */
export async function sendTo(
  env: Env,
  channel: SealedChannel,
  { id, atMs, facts, content, accountName }: Omit<Outgoing, 'url'>,
): Promise<string | null> {
  try {
    const { accountId, sealed, origin } = channel
    const opened = await openChannel(env.MASTER_KEYS, accountId, channel.id, sealed)
    const url = new URL(content.path, origin).href
    return await post(
      env,
      { ...channel, ...opened },
      { id, atMs, facts, content, accountName, url },
    )
  } catch (error) {
    return loggable(error)
  }
}

/** Notes the result of attempts, with the channels and with the deliveries of the message. */
export async function noteTried(
  { DB }: Pick<Env, 'DB'>,
  messageId: string | null,
  tried: readonly Omit<Tried, 'attempts'>[],
  nowMs: number,
): Promise<void> {
  const json = JSON.stringify(tried)
  const channels = DB.prepare(
    `UPDATE channels SET last_tried_at_ms = ?2, last_error = one.value ->> 'error',
       failures = iif(one.value ->> 'error' IS NULL, 0, failures + 1),
       last_delivered_at_ms = iif(one.value ->> 'error' IS NULL, ?2, last_delivered_at_ms)
     FROM json_each(?1) AS one WHERE channels.id = one.value ->> 'channelId'`,
  ).bind(json, nowMs)
  if (messageId === null) {
    await channels.run()
    return
  }
  await DB.batch([
    channels,
    DB.prepare(
      `UPDATE deliveries SET error = one.value ->> 'error',
         state = CASE WHEN one.value ->> 'error' IS NULL THEN 'delivered' WHEN one.value ->> 'nextAtMs' IS NULL THEN 'failed' ELSE 'waiting' END,
         next_at_ms = ifnull(one.value ->> 'nextAtMs', next_at_ms),
         done_at_ms = iif(one.value ->> 'error' IS NULL OR one.value ->> 'nextAtMs' IS NULL, ?3, NULL)
       FROM json_each(?1) AS one WHERE message_id = ?2 AND channel_id = one.value ->> 'channelId'`,
    ).bind(json, messageId, nowMs),
  ])
}
