import { readSiteSettings, type Env } from '../env.ts'
import { toDeadLetter } from './dead-letter.ts'
import { FOLD_TURNS, foldSums } from './folding.ts'
import { parseMessage } from './message.ts'
import { PARKED } from './sinks/sink.ts'
import {
  closeMarks,
  foldWriters,
  forgetWorks,
  giveUpEntries,
  isFinal,
  keepDead,
  writeMessages,
} from './store.ts'
import { dropTombstones } from '../retention/let-go.ts'
import { DAY_MS } from '../time.ts'

/** Requests that never ended become rows. */
export async function closeOpenRequests(env: Env, nowMs: number): Promise<void> {
  const { longestRequestMs } = readSiteSettings(env)
  const closed = await closeMarks(env.LEDGER, nowMs - longestRequestMs, nowMs)
  if (closed > 0) console.warn('requests that never ended', closed)
}

const WORKS_MS = 90 * DAY_MS

export async function tidyLedger(env: Env, nowMs: number): Promise<void> {
  await foldWriters(env.LEDGER, nowMs)
  await forgetWorks(env.LEDGER, nowMs - WORKS_MS, nowMs)
}

/**
 * Entries of which nothing is heard any more are lost as soon as nothing is under way: the queue is empty,
 * and nothing is parked. Where that is not known, they are so after nine days (`foldWriters`).
 */
export async function giveUpMissing(env: Env, nowMs: number): Promise<void> {
  const backlog = await env.LEDGER_QUEUE.metrics().catch(() => null)
  if (backlog?.backlogCount !== 0) return
  const { keys } = await env.TOKENS.list({ prefix: PARKED, limit: 1 })
  if (keys.length > 0) return
  const lost = await giveUpEntries(env.LEDGER, nowMs)
  if (lost > 0) console.error(JSON.stringify({ event: 'ledger_entries_given_up', entries: lost }))
}

/** Sums up the hours and days that are over. */
export async function sumUpTimes(env: Env, nowMs: number): Promise<void> {
  await takeOverLimits(env)
  await dropTombstones(env.LEDGER, nowMs, readSiteSettings(env).plan)
  await foldSums(env.LEDGER, nowMs, { turns: FOLD_TURNS[readSiteSettings(env).plan] })
}

/** Triggers know no settings: they go by a table. */
async function takeOverLimits(env: Env): Promise<void> {
  const { requestersPerHour } = readSiteSettings(env)
  await env.LEDGER.prepare(
    `INSERT INTO limits (name, value) VALUES ('requesters_per_hour', ?1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
  )
    .bind(requestersPerHour)
    .run()
}

/** Writes what neither D1 nor the queue took at its time, and KV has kept. */
export async function bringInParked(env: Env, nowMs: number): Promise<void> {
  const { keys } = await env.TOKENS.list({ prefix: PARKED, limit: 100 })
  const failed: string[] = []
  for (const { name } of keys) {
    const body: unknown = await env.TOKENS.get(name, 'json')
    if (body === null) continue
    try {
      for (const one of Array.isArray(body) ? (body as unknown[]) : [body])
        await writeOrKeep(env, name, one, nowMs)
      await env.TOKENS.delete(name)
    } catch (error) {
      // It stays where it is, and holds up no other.
      console.error('parked entry not brought in', name, String(error))
      failed.push(name)
    }
  }
  if (failed.length > 0) throw new Error(`parked entries not brought in: ${failed.length}`)
}

/** One that can never be written is kept with the reason, so that it holds up no other. */
async function writeOrKeep(env: Env, name: string, body: unknown, nowMs: number): Promise<void> {
  const keep = (reason: string): Promise<void> =>
    keepDead(env.LEDGER, [toDeadLetter(name, body, reason)], nowMs)
  const message = parseMessage(body)
  if ('problem' in message) return keep(message.problem)
  try {
    return await writeMessages(env.LEDGER, [message], nowMs)
  } catch (error) {
    if (isFinal(error)) return keep(String(error))
    throw error
  }
}
