import type { Env } from '../../env.ts'
import { within } from '../../http/time-limit.ts'
import type { LedgerMessage } from '../message.ts'
import { writeMessages } from '../store.ts'
import { keepInOutbox } from '../outbox/writer.ts'

/** A destination for ledger messages. */
export interface Sink {
  name: 'd1' | 'queue' | 'kv'
  put: (env: Env, messages: readonly LedgerMessage[]) => Promise<unknown>
  /** The limits of all sinks add up to less than the 30 s that the runtime allows after a response. */
  limitMs: number
  /** Attempts while it fails fast. */
  attempts: number
}

const D1: Sink = {
  name: 'd1',
  put: (env, messages) => writeMessages(env.LEDGER, messages, Date.now()),
  limitMs: 8_000,
  attempts: 2,
}

// A queue takes 100 messages and 256 KB per batch; a ledger message has one or two kilobytes.
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

/** KV prefix for messages that neither D1 nor the queue took, many per key. A job writes them to D1. */
export const OUTBOX_PREFIX = 'unwritten:'

const KV: Sink = {
  name: 'kv',
  put: (env, messages) =>
    keepInOutbox(env, OUTBOX_PREFIX, `${messages[0]?.kind}:${messages[0]?.entry.id}`, messages),
  // Includes the pause in which other requests join the batch.
  limitMs: 15_000,
  attempts: 1,
}

/** In the order in which they are tried: the configured sink first, then the fallbacks. */
export const SINKS: Record<'d1' | 'queue', readonly Sink[]> = {
  d1: [D1, QUEUE, KV],
  queue: [QUEUE, D1, KV],
}

const PAUSE_MS = 200

/** Null: taken. Otherwise the error. */
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
      // After a slow failure, do not try again: the fallbacks need the time.
      const isSlow = Date.now() - askedMs >= sink.limitMs / 2
      if (attempt >= sink.attempts || isSlow) return String(error)
      onRetry()
      await scheduler.wait(PAUSE_MS * (1 + Math.random()))
    }
  }
}
