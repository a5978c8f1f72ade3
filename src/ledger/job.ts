import { readSettings, type Env } from '../env.ts'
import { toDeadLetter } from './dead-letter.ts'
import { parseMessage } from './message.ts'
import { PARKED } from './sinks/sink.ts'
import { closeMarks, foldWriters, keepDead, writeMessages } from './store.ts'

/** Every few minutes: what waits in KV comes in, and requests that never ended become rows. */
export async function settleOpenEntries(env: Env, nowMs: number): Promise<void> {
  await bringInParked(env, nowMs)
  const { longestRequestMs } = readSettings(env)
  const closed = await closeMarks(env.LEDGER, nowMs - longestRequestMs, nowMs)
  if (closed > 0) console.warn('requests that never ended', closed)
}

export const tidyWriters = (env: Env, nowMs: number): Promise<void> =>
  foldWriters(env.LEDGER, nowMs)

/** Writes what neither D1 nor the queue took at its time. */
async function bringInParked(env: Env, nowMs: number): Promise<void> {
  const { keys } = await env.TOKENS.list({ prefix: PARKED, limit: 100 })
  for (const { name } of keys) {
    const body: unknown = await env.TOKENS.get(name, 'json')
    if (body === null) continue
    const message = parseMessage(body)
    if ('problem' in message) {
      await keepDead(env.LEDGER, [toDeadLetter(name, body, message.problem)], nowMs)
    } else await writeMessages(env.LEDGER, [message], nowMs)
    await env.TOKENS.delete(name)
  }
}
