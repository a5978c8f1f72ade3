import * as z from 'zod/mini'
import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { takeProbes } from '../../ledger/heartbeats-store.ts'
import { deliver } from './store.ts'

const RETRY_SECONDS = 30

const note = z.object({
  v: z.literal(1),
  messageId: z.string(),
  channelId: z.nullable(z.string()),
})

/** Sends the messages that the queue has notes of. A channel that fails has a note of its own, with its own pause. */
export async function consumeAlerts(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of await takeProbes(batch, 'ALERTS_QUEUE', env.LEDGER)) {
    const parsed = note.safeParse(message.body)
    if (!parsed.success) {
      console.error('alert note not understood', message.id)
      message.ack()
      continue
    }
    try {
      await deliver(env, parsed.data, Date.now())
      message.ack()
    } catch (error) {
      // The database does not answer. The message waits there; a job finds it, too.
      console.error('alert not sent, trying again', loggable(error))
      message.retry({ delaySeconds: RETRY_SECONDS })
    }
  }
}
