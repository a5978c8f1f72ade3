import { answerRequest } from './app.ts'
import type { Env } from './env.ts'
import { runJobs } from './job.ts'
import { consumeQueue } from './ledger/queue.ts'

export default {
  fetch: (request, env, ctx) => answerRequest(request, env, ctx),
  queue: (batch, env) => consumeQueue(batch, env),
  scheduled: (event, env) => runJobs(event.cron, env, event.scheduledTime),
} satisfies ExportedHandler<Env>
