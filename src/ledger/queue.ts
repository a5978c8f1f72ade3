import type { Env } from '../env.ts'
import { toDeadLetter } from './dead-letter.ts'
import { takeProbes } from './heartbeats-store.ts'
import { parseMessage, type LedgerMessage } from './message.ts'
import { isFinal, keepDead, writeMessages } from './store.ts'

// The names of queues are the deployment's own; these words are in them (wrangler.toml).
const DEAD_LETTERS = /dead/
const FIRST_PAUSE_SECONDS = 5
// With this pause, a hundred attempts take nearly four days, as long as a queue keeps a message.
const LONGEST_PAUSE_SECONDS = 3_600
const LAST_ATTEMPT = 100

/** Writes entries from the queue, a hundred per batch. Each message is acknowledged or retried by itself. */
export async function consumeQueue(batch: MessageBatch, env: Env): Promise<void> {
  if (DEAD_LETTERS.test(batch.queue)) return keepUndelivered(batch, env)
  const messages = await takeProbes(batch, 'LEDGER_QUEUE', env.LEDGER)
  if (messages.length === 0) return
  const parsed = messages.map((message) => ({ message, content: parseMessage(message.body) }))
  const good = parsed.flatMap(({ message, content }) =>
    'problem' in content ? [] : [{ message, content }],
  )
  const malformed = parsed.flatMap(({ message, content }) =>
    'problem' in content ? [{ message, reason: content.problem }] : [],
  )
  await deadLetter(env, malformed)
  try {
    await writeMessages(
      env.LEDGER,
      good.map(({ content }) => content),
      Date.now(),
    )
    for (const { message } of good) message.ack()
  } catch (error) {
    if (isFinal(error)) await writeOneByOne(env, good)
    else retryLater(good, error)
  }
}

interface Delivery {
  message: Message
  content: LedgerMessage
}

/** D1 rejects a whole batch because of one message; write each alone, so that the others do not wait. */
async function writeOneByOne(env: Env, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    const { message, content } = delivery
    try {
      await writeMessages(env.LEDGER, [content], Date.now())
      message.ack()
    } catch (error) {
      if (isFinal(error)) await deadLetter(env, [{ message, reason: String(error) }])
      else retryLater([delivery], error)
    }
  }
}

function retryLater(deliveries: readonly Pick<Delivery, 'message'>[], error: unknown): void {
  console.error('ledger entries not written, trying again', deliveries.length, String(error))
  for (const { message } of deliveries) {
    // The queue may drop the message now, so it goes to the log.
    if (message.attempts >= LAST_ATTEMPT) {
      const event = 'ledger_row_not_written'
      console.error(JSON.stringify({ event, problems: [String(error)], message: message.body }))
    }
    const delaySeconds = FIRST_PAUSE_SECONDS * 2 ** Math.min(message.attempts - 1, 20)
    message.retry({ delaySeconds: Math.min(delaySeconds, LONGEST_PAUSE_SECONDS) })
  }
}

/** Stores messages that can never be written, and acknowledges them. */
async function deadLetter(
  env: Env,
  dead: readonly { message: Message; reason: string }[],
): Promise<void> {
  try {
    const letters = dead.map(({ message, reason }) =>
      toDeadLetter(message.id, message.body, reason),
    )
    await keepDead(env.LEDGER, letters, Date.now())
    for (const { message } of dead) message.ack()
  } catch (error) {
    retryLater(dead, error)
  }
}

/** Messages that the queue has given up on. Tries D1 once more, then stores them as dead letters. */
async function keepUndelivered(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of await takeProbes(batch, 'DEAD_LETTER_QUEUE', env.LEDGER)) {
    const content = parseMessage(message.body)
    try {
      if ('problem' in content) throw new Error(content.problem)
      await writeMessages(env.LEDGER, [content], Date.now())
      message.ack()
    } catch (error) {
      await deadLetter(env, [
        { message, reason: `not written in a hundred attempts; ${String(error)}` },
      ])
    }
  }
}
