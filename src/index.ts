import { answerRequest } from './app.ts'
import type { Env } from './env.ts'
import { consumeQueue } from './ledger/queue.ts'
import { rehearse } from './proxy/rehearsal.ts'

rehearse()

export { Spend } from './spend/object/object.ts'

export default {
  fetch: (request, env, ctx) => answerRequest(request, env, ctx),
  queue: async (batch, env) => {
    // The names of queues are the deployment's own; this word is in it (wrangler.toml).
    if (!batch.queue.includes('alerts')) return consumeQueue(batch, env)
    const { consumeAlerts } = await import('./alerts/deliver/queue.ts')
    return consumeAlerts(batch, env)
  },
  // Loaded when a cron runs: no request needs the jobs.
  scheduled: async (event, env) => {
    const { runJobs } = await import('./jobs/run.ts')
    return runJobs(event.cron, env, event.scheduledTime)
  },
} satisfies ExportedHandler<Env>
