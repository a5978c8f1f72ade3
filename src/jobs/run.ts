import { readSettings, type Env, type Plan } from '../env.ts'
import { loggable } from '../error-log.ts'
import { counted, fits, LIMITS, type Cost } from './budget.ts'
import { JOBS, type Job } from './jobs.ts'
import { inOrderOfNeed, noteLeftOut } from './left-out.ts'

/** Less than the time between two runs. */
const RUN_MS = 240_000
/** Of one job, should it never say that it is done. */
const MOST_TURNS = 500
/** Who was left out is read and written in any case. */
const OWN: Cost = { queries: 4, calls: 2 }

/**
 * Runs the jobs of a time, turn by turn, as far as one invocation may ask Cloudflare; whom that leaves without
 * a turn comes first in the next run. None holds up the others: throws in the end where one has failed.
 */
export async function runJobs(cron: string, env: Env, nowMs: number): Promise<void> {
  const jobs = JOBS[cron]
  if (!jobs) throw new Error(`Cannot run the jobs of ${cron}: there are none; see src/jobs/jobs.ts`)
  const limit = LIMITS[planOf(env)]
  const used: Cost = { ...OWN }
  const names = await inOrderOfNeed(env.LEDGER, Object.keys(jobs))
  const turns = await takeTurns(counted(env, used), { jobs, names, limit, used }, nowMs)
  await noteLeftOut(env.LEDGER, Object.keys(jobs), turns.leftOut, nowMs)
  if (turns.failed.length > 0) throw new Error(`jobs failed: ${turns.failed.join(', ')}`)
}

/** Settings that cannot be read hold up no job that needs none. */
function planOf(env: Env): Plan {
  try {
    return readSettings(env).plan
  } catch {
    return 'free'
  }
}

interface Run {
  jobs: Readonly<Record<string, Job>>
  names: readonly string[]
  limit: Cost
  /** Grows with what the jobs ask. */
  used: Cost
}

/** A turn for each, then another for each that has more to do. */
async function takeTurns(
  env: Env,
  { jobs, names, limit, used }: Run,
  nowMs: number,
): Promise<{ failed: string[]; leftOut: string[] }> {
  const untilMs = Date.now() + RUN_MS
  const failed: string[] = []
  const leftOut: string[] = []
  let due = names
  for (let turn = 0; turn < MOST_TURNS && due.length > 0; turn++) {
    const again: string[] = []
    for (const name of due) {
      const job = jobs[name]!
      if (Date.now() > untilMs || !fits(used, job.turn, limit)) {
        if (turn === 0) leftOut.push(name)
        continue
      }
      used.calls += job.fetches ?? 0
      try {
        if (await job.run(env, nowMs)) again.push(name)
      } catch (error) {
        failed.push(name)
        console.error('job failed', name, loggable(error))
      }
    }
    due = again
  }
  return { failed, leftOut }
}
