import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'
import { announce } from '../raise-store.ts'

/** Longer than the queue takes; then the note of a message was lost. */
const LATE_MS = 120_000
const AT_ONCE = 100
/** What was sent is shown for this long. */
const KEPT_MS = 92 * DAY_MS
const DELETED_AT_ONCE = 1_000

/** Announces messages again whose notes the queue did not take, or lost. Returns whether there are more. */
export async function announceWaiting(env: Env, nowMs: number): Promise<boolean> {
  const { results } = await env.DB.prepare(
    `SELECT id FROM alert_messages WHERE content IS NULL AND at_ms < ?1
     UNION SELECT message_id FROM deliveries WHERE state = 'waiting' AND next_at_ms < ?1 LIMIT ${AT_ONCE}`,
  )
    .bind(nowMs - LATE_MS)
    .all<{ id: string }>()
  await announce(
    env,
    results.map(({ id }) => id),
  )
  return false
}

/** Deletes old messages. Returns whether there are more. */
export async function tidyAlerts(env: Env, nowMs: number): Promise<boolean> {
  const { meta } = await env.DB.prepare(
    `DELETE FROM alert_messages WHERE id IN (
       SELECT id FROM alert_messages WHERE at_ms < ?1 ORDER BY at_ms LIMIT ${DELETED_AT_ONCE})`,
  )
    .bind(nowMs - KEPT_MS)
    .run()
  return meta.changes >= DELETED_AT_ONCE
}
