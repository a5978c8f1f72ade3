import * as z from 'zod/mini'

/** The statement that notes a sign of life. */
export const noteHeartbeat = (
  ledger: D1Database,
  name: string,
  nowMs: number,
): D1PreparedStatement =>
  ledger
    .prepare(
      `INSERT INTO heartbeats (name, at_ms) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms`,
    )
    .bind(name, nowMs)

/** The last sign of life of each cron and queue consumer, which no request shows. */
export async function readHeartbeats(ledger: D1Database): Promise<ReadonlyMap<string, number>> {
  const { results } = await ledger
    .prepare('SELECT name, at_ms AS atMs FROM heartbeats')
    .all<{ name: string; atMs: number }>()
  return new Map(results.map(({ name, atMs }) => [name, atMs]))
}

const probeMessage = z.object({ kind: z.literal('probe') })

/** The bindings of the queues that this Worker consumes. */
export const PROBED_QUEUES = ['LEDGER_QUEUE', 'DEAD_LETTER_QUEUE', 'ALERTS_QUEUE'] as const
export type ProbedQueue = (typeof PROBED_QUEUES)[number]

/** Sends a message that carries nothing; its consumer notes that it came. */
export const sendProbe = (queue: Queue): Promise<unknown> => queue.send({ kind: 'probe' })

/** Notes and acknowledges the probes of a batch, and returns the other messages. */
export async function takeProbes(
  batch: MessageBatch,
  queue: ProbedQueue,
  ledger: D1Database,
): Promise<readonly Message[]> {
  const others: Message[] = []
  for (const message of batch.messages) {
    if (!probeMessage.safeParse(message.body).success) {
      others.push(message)
      continue
    }
    try {
      await noteHeartbeat(ledger, queue, Date.now()).run()
    } catch (error) {
      console.error('probe not noted', queue, String(error))
    }
    // A probe is for the person who waits for it: one that comes late is of no use.
    message.ack()
  }
  return others
}
