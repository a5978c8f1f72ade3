import { failed, wrangler } from '../wrangler.ts'

const EXISTS = /already (taken|exists)|code: 11009/i
/** wrangler asks for four days, and the Free plan keeps messages for one. */
const TOO_LONG = /retention/i
const FREE_RETENTION = ['--message-retention-period-secs', '86400']

/** Creates the queues that are missing. Unlike the other bindings, a consumer needs its queue to exist. */
export async function ensureQueues(
  names: readonly string[],
  flags: readonly string[] = [],
): Promise<void> {
  for (const name of names) {
    const create = ['queues', 'create', name, ...flags]
    let run = await wrangler(create)
    if (run.code !== 0 && TOO_LONG.test(run.stdout + run.stderr))
      run = await wrangler([...create, ...FREE_RETENTION])
    if (run.code !== 0 && !EXISTS.test(run.stdout + run.stderr))
      throw new Error(`Cannot create the queue ${name}. ${failed(create, run).message}`)
  }
}
