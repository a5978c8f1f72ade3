import type { Env } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { uuidv7 } from '../http/uuid.ts'
import type { Facts } from './facts.ts'

/** What is to be told. */
export interface Raised {
  accountId: string
  /** The same for whatever must be told once. */
  onceKey: string
  facts: Facts
  /** Ids of channels. Null: all. */
  channels: readonly string[] | null
}

/** What the queue of alerts carries: a message to be sent to all its channels, or again to one of them. */
export interface AlertNote {
  v: 1
  messageId: string
  /** Null: all that wait. */
  channelId: string | null
}

type Bindings = Pick<Env, 'DB' | 'ALERTS_QUEUE'>

/** Rows of raised facts: ?1 as JSON, ?2 the time. A repeat, and what is of an account that is gone, is left out. */
export const INSERT_RAISED = `INSERT INTO alert_messages (id, account_id, once_key, at_ms, facts, channels)
  SELECT one.value ->> 'id', one.value ->> 'accountId', one.value ->> 'onceKey', ?2, one.value -> 'facts', one.value ->> 'channels'
  FROM json_each(?1) AS one WHERE EXISTS (SELECT 1 FROM accounts WHERE id = one.value ->> 'accountId')`
export const ONCE = `ON CONFLICT (account_id, once_key) DO NOTHING RETURNING id`

export const withIds = (raised: readonly Raised[], nowMs: number): string =>
  JSON.stringify(
    raised.map((one) => ({
      ...one,
      id: uuidv7(nowMs),
      channels: one.channels && JSON.stringify(one.channels),
    })),
  )

/** Keeps what is to be told, and has it sent. Each `onceKey` is kept once, however often it is raised. */
export async function raise(
  env: Bindings,
  raised: readonly Raised[],
  nowMs: number,
): Promise<void> {
  if (raised.length === 0) return
  const { results } = await env.DB.prepare(`${INSERT_RAISED} ${ONCE}`)
    .bind(withIds(raised, nowMs), nowMs)
    .all<{ id: string }>()
  await announce(
    env,
    results.map(({ id }) => id),
  )
}

/** A queue takes 100 messages a batch. */
const BATCH = 100

/** Tells the queue of messages that wait. Those that it does not take are found by a job. */
export async function announce(env: Bindings, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += BATCH) {
    const notes = ids
      .slice(at, at + BATCH)
      .map((messageId) => ({ body: { v: 1, messageId, channelId: null } satisfies AlertNote }))
    try {
      await env.ALERTS_QUEUE.sendBatch(notes)
    } catch (error) {
      console.error('alerts not announced', notes.length, loggable(error))
      return
    }
  }
}
