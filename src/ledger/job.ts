import { readSiteSettings, type Env } from '../env.ts'
import { toDeadLetter } from './dead-letter.ts'
import { parseMessage, type LedgerMessage } from './message.ts'
import { deliver } from './outbox/store.ts'
import { OUTBOX_PREFIX } from './sinks/sink.ts'
import {
  closeMarks,
  compactWriters,
  deleteOldAsyncJobs,
  giveUpEntries,
  isFinal,
  keepDead,
  writeMessages,
} from './store.ts'
import { DAY_MS } from '../http/time.ts'

/** In-flight records closed per turn. Each is parsed, and made a row, in JavaScript. */
const CLOSED_AT_ONCE = { free: 100, paid: 500 } as const

/** Turns the in-flight records of requests that never ended into rows. */
export async function closeOpenRequests(env: Env, nowMs: number): Promise<boolean> {
  const { longestRequestMs, plan } = readSiteSettings(env)
  const most = CLOSED_AT_ONCE[plan]
  const closed = await closeMarks(env.LEDGER, nowMs - longestRequestMs, nowMs, most)
  if (closed > 0) console.warn('requests that never ended', closed)
  return closed === most
}

const ASYNC_JOBS_MS = 90 * DAY_MS

export async function tidyLedger(env: Env, nowMs: number): Promise<boolean> {
  await compactWriters(env.LEDGER, nowMs)
  await deleteOldAsyncJobs(env.LEDGER, nowMs - ASYNC_JOBS_MS, nowMs)
  return false
}

/**
 * Counts missing entries as lost once nothing can still be on its way: the queue and the outbox are empty. If that is
 * unknown, they are counted as lost after nine days (`compactWriters`).
 */
export async function giveUpMissing(env: Env, nowMs: number): Promise<boolean> {
  const backlog = await env.LEDGER_QUEUE.metrics().catch(() => null)
  if (backlog?.backlogCount !== 0) return false
  const { keys } = await env.TOKENS.list({ prefix: OUTBOX_PREFIX, limit: 1 })
  if (keys.length > 0) return false
  const lost = await giveUpEntries(env.LEDGER, nowMs)
  if (lost > 0) console.error(JSON.stringify({ event: 'ledger_entries_given_up', entries: lost }))
  return false
}

/** Writes the messages in KV that neither D1 nor the queue took. */
export const deliverOutbox = (env: Env, nowMs: number): Promise<boolean> =>
  deliver<unknown>(env, {
    prefix: OUTBOX_PREFIX,
    isFinal,
    write: (list) => writeOrKeep(env.LEDGER, list, nowMs),
    giveUp: (key, one, error) =>
      keepDead(env.LEDGER, [toDeadLetter(key, one, String(error))], nowMs),
  })

/** Invalid messages become dead letters, so that they block no others. */
async function writeOrKeep(
  ledger: D1Database,
  list: readonly unknown[],
  nowMs: number,
): Promise<void> {
  const messages: LedgerMessage[] = []
  const dead = []
  for (const body of list) {
    const message = parseMessage(body)
    if ('problem' in message)
      dead.push(toDeadLetter(`${OUTBOX_PREFIX}${crypto.randomUUID()}`, body, message.problem))
    else messages.push(message)
  }
  await keepDead(ledger, dead, nowMs)
  await writeMessages(ledger, messages, nowMs)
}
