import type { Env } from '../../env.ts'
import { within } from '../../http/time-limit.ts'
import type { LedgerMessage } from '../message.ts'
import { writeMessages } from '../store.ts'
import { keepInOutbox } from '../outbox/writer.ts'

/** A place that takes messages for the ledger, sooner or later. */
export interface Sink {
  name: 'd1' | 'queue' | 'kv'
  put: (env: Env, messages: readonly LedgerMessage[]) => Promise<unknown>
  /** Together below the 30 s that the runtime leaves for work after an answer. */
  limitMs: number
  /** How often it is asked while it says no at once. */
  attempts: number
}

const D1: Sink = {
  name: 'd1',
  put: (env, messages) => writeMessages(env.LEDGER, messages, Date.now()),
  limitMs: 8_000,
  attempts: 2,
}

// A queue takes 100 messages and 256 KB at once; one of ours has a kilobyte or two.
const QUEUE_BATCH = 50

function inBatches(messages: readonly LedgerMessage[]): LedgerMessage[][] {
  const batches: LedgerMessage[][] = []
  for (let at = 0; at < messages.length; at += QUEUE_BATCH)
    batches.push(messages.slice(at, at + QUEUE_BATCH))
  return batches
}

const send = ({ LEDGER_QUEUE: queue }: Env, messages: readonly LedgerMessage[]): Promise<unknown> =>
  messages.length === 1
    ? queue.send(messages[0]!)
    : queue.sendBatch(messages.map((body) => ({ body })))

const QUEUE: Sink = {
  name: 'queue',
  put: (env, messages) => Promise.all(inBatches(messages).map((batch) => send(env, batch))),
  limitMs: 5_000,
  attempts: 2,
}

/** Where messages wait that neither D1 nor the queue takes, many to a key; a job brings them in. */
export const PARKED = 'unwritten:'

const KV: Sink = {
  name: 'kv',
  put: (env, messages) =>
    keepInOutbox(env, PARKED, `${messages[0]?.kind}:${messages[0]?.entry.id}`, messages),
  // With the pause in which others join in.
  limitMs: 15_000,
  attempts: 1,
}

/** In the order in which they are asked: the first is the deployment's choice, the others its net. */
export const SINKS: Record<'d1' | 'queue', readonly Sink[]> = {
  d1: [D1, QUEUE, KV],
  queue: [QUEUE, D1, KV],
}

const PAUSE_MS = 200

/** Null: taken. What went wrong, otherwise. */
export async function offer(
  sink: Sink,
  env: Env,
  messages: () => readonly LedgerMessage[],
  onRetry: () => void,
): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    const askedMs = Date.now()
    try {
      await within(sink.limitMs, sink.name, sink.put(env, messages()))
      return null
    } catch (error) {
      // What hangs is not asked again: the time is needed for the net.
      const isSlow = Date.now() - askedMs >= sink.limitMs / 2
      if (attempt >= sink.attempts || isSlow) return String(error)
      onRetry()
      await scheduler.wait(PAUSE_MS * (1 + Math.random()))
    }
  }
}
