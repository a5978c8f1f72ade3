import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { HOUR_MS } from '../../http/time.ts'
import { firstUuid } from '../../http/uuid.ts'
import type { ChannelKind } from '../channels/kinds.ts'
import { openChannel } from '../channels/secret.ts'
import { compose, type Findings } from '../compose.ts'
import type { Content } from '../content.ts'
import type { Facts } from '../facts.ts'
import { readFindings } from '../findings-store.ts'
import type { AlertNote } from '../raise-store.ts'
import { ATTEMPT_MS, nextAttemptMs } from './delivery.ts'
import { post } from './post-store.ts'
import type { Outgoing } from './webhook.ts'

/** Beyond so many messages of a level of an account in an hour, further ones are kept, and not sent. */
export const MOST_AN_HOUR = 60
/** The clocks of a queue and of an isolate differ. */
const EARLY_MS = 5_000

interface Message {
  id: string
  accountId: string
  accountName: string
  zone: string
  atMs: number
  facts: Facts
  content: Content | null
}

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

async function findMessage({ DB }: Env, id: string): Promise<Message | null> {
  const row = await DB.prepare(
    `SELECT m.id, m.account_id AS accountId, a.name AS accountName, ifnull(a.time_zone, 'UTC') AS zone,
       m.at_ms AS atMs, m.facts, m.content
     FROM alert_messages AS m JOIN accounts AS a ON a.id = m.account_id WHERE m.id = ?1`,
  )
    .bind(id)
    .first<Omit<Message, 'facts' | 'content'> & { facts: string; content: string | null }>()
  if (row === null) return null
  const content = row.content === null ? null : (JSON.parse(row.content) as Content)
  return { ...row, facts: JSON.parse(row.facts) as Facts, content }
}

const NOTHING_FOUND: Findings = { causes: [], basis: null }

/** The message's place among those of its level in the hour: warnings keep back no alert. */
async function positionOf({ DB }: Env, { id, accountId, atMs, facts }: Message): Promise<number> {
  const row = await DB.prepare(
    `SELECT count(*) AS n FROM alert_messages WHERE account_id = ?1 AND id > ?2 AND id <= ?3 AND facts ->> 'level' = ?4`,
  )
    .bind(accountId, firstUuid(atMs - HOUR_MS), id, facts.level)
    .first<{ n: number }>()
  return row?.n ?? 1
}

/** The words of a message, and a delivery for each of its channels, written once. */
async function composeMessage(env: Env, message: Message, nowMs: number): Promise<Content> {
  const { id, accountId, facts, zone } = message
  const position = await positionOf(env, message)
  const isHeldBack = position > MOST_AN_HOUR
  const [findings, tokens] = await Promise.all([
    // Without the ledger, the figure is told all the same.
    isHeldBack
      ? NOTHING_FOUND
      : readFindings(env.LEDGER, accountId, facts).catch((error: unknown) => {
          console.error('causes not read', loggable(error))
          return NOTHING_FOUND
        }),
    env.DB.prepare('SELECT id, name FROM tokens WHERE account_id = ?1')
      .bind(accountId)
      .all<{ id: string; name: string }>(),
  ])
  const names = new Map(tokens.results.map(({ id: token, name }) => [token, name]))
  const content = compose(facts, findings, { zone, names }, { position, most: MOST_AN_HOUR })
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO deliveries (message_id, channel_id, account_id, state, next_at_ms)
       SELECT m.id, c.id, m.account_id, 'waiting', ?2 FROM alert_messages AS m JOIN channels AS c ON c.account_id = m.account_id
       WHERE m.id = ?1 AND m.content IS NULL AND ?3
         AND (m.channels IS NULL OR c.id IN (SELECT value FROM json_each(m.channels)))
       ON CONFLICT DO NOTHING`,
    ).bind(id, nowMs, content.isHeldBack ? 0 : 1),
    env.DB.prepare('UPDATE alert_messages SET content = ?2 WHERE id = ?1 AND content IS NULL').bind(
      id,
      JSON.stringify(content),
    ),
  ])
  return content
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
