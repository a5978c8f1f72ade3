import { readSiteSettings, type Env } from '../env.ts'
import { toDeadLetter } from './dead-letter.ts'
import { parseMessage, type LedgerMessage } from './message.ts'
import { deliver } from './outbox/store.ts'
import { PARKED } from './sinks/sink.ts'
import {
  closeMarks,
  compactWriters,
  forgetAsyncJobs,
  giveUpEntries,
  isFinal,
  keepDead,
  writeMessages,
} from './store.ts'
import { DAY_MS } from '../http/time.ts'

/** Each is read, and a row made of it, in JavaScript. */
const CLOSED_AT_ONCE = { free: 100, paid: 500 } as const

/** Requests that never ended become rows. */
export async function closeOpenRequests(env: Env, nowMs: number): Promise<boolean> {
  const { longestRequestMs, plan } = readSiteSettings(env)
  const most = CLOSED_AT_ONCE[plan]
  const closed = await closeMarks(env.LEDGER, nowMs - longestRequestMs, nowMs, most)
  if (closed > 0) console.warn('requests that never ended', closed)
  return closed === most
}

const WORKS_MS = 90 * DAY_MS

export async function tidyLedger(env: Env, nowMs: number): Promise<boolean> {
  await compactWriters(env.LEDGER, nowMs)
  await forgetAsyncJobs(env.LEDGER, nowMs - WORKS_MS, nowMs)
  return false
}

/**
 * Entries of which nothing is heard any more are lost as soon as nothing is under way: the queue is empty,
 * and the outbox is empty. Where that is not known, they are so after nine days (`compactWriters`).
 */
export async function giveUpMissing(env: Env, nowMs: number): Promise<boolean> {
  const backlog = await env.LEDGER_QUEUE.metrics().catch(() => null)
  if (backlog?.backlogCount !== 0) return false
  const { keys } = await env.TOKENS.list({ prefix: PARKED, limit: 1 })
  if (keys.length > 0) return false
  const lost = await giveUpEntries(env.LEDGER, nowMs)
  if (lost > 0) console.error(JSON.stringify({ event: 'ledger_entries_given_up', entries: lost }))
  return false
}

/** Writes what neither D1 nor the queue took at its time, and KV has kept. */
export const deliverOutbox = (env: Env, nowMs: number): Promise<boolean> =>
  deliver<unknown>(env, {
    prefix: PARKED,
    isFinal,
    write: (list) => writeOrKeep(env.LEDGER, list, nowMs),
    giveUp: (key, one, error) =>
      keepDead(env.LEDGER, [toDeadLetter(key, one, String(error))], nowMs),
  })

/** What is no message is kept with the reason, so that it holds up no other. */
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
      dead.push(toDeadLetter(`${PARKED}${crypto.randomUUID()}`, body, message.problem))
    else messages.push(message)
  }
  await keepDead(ledger, dead, nowMs)
  await writeMessages(ledger, messages, nowMs)
}
