import { readSettings, type Env, type Plan } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { counted, fits, LIMITS, type Cost } from './budget.ts'
import { JOBS, type Job } from './jobs.ts'
import { within } from '../http/time-limit.ts'
import { inOrderOfNeed, noteBegun, noteOutcome, readLeftOut } from './left-out.ts'

/** Less than the time between two runs (five minutes). */
const RUN_MS = 240_000
/** A longer turn hangs. It must not delay the other jobs. */
const TURN_MS = 100_000
/** Turns per job and run. On Free, the CPU time of one invocation must suffice for all jobs. */
const ROUNDS: Record<Plan, number> = { free: 1, paid: 500 }
/** The turn after a failed one may take other rows. A job that has failed this often waits for the next run. */
const MOST_FAILURES = 3
/** Reading and writing which jobs were left out or failed, which every run does. */
const OWN: Cost = { queries: 5, calls: 3 }

/**
 * Runs the jobs of a cron, turn by turn, within the limits of one invocation. Jobs left without a turn come
 * first in the next run. A failed job does not stop the others. Throws at the end if one has failed.
 */
export async function runJobs(cron: string, env: Env, nowMs: number): Promise<void> {
  const jobs = JOBS[cron]
  if (!jobs) throw new Error(`Cannot run the jobs of ${cron}: there are none; see src/jobs/jobs.ts`)
  const plan = planOf(env)
  const used: Cost = { ...OWN }
  const before = await readLeftOut(env.LEDGER, cron)
  const names = inOrderOfNeed(before, Object.keys(jobs))
  await noteBegun(env.LEDGER, cron, names, before, nowMs)
  const { errors, leftOut } = await takeTurns(
    counted(env, used),
    { jobs, names, plan, used },
    nowMs,
  )
  await noteOutcome(env.LEDGER, cron, Object.keys(jobs), before, { leftOut, errors }, nowMs)
  if (errors.size > 0) throw new Error(`jobs failed: ${[...errors.keys()].join(', ')}`)
}

/** Settings that cannot be read must not stop jobs that need none. */
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
  plan: Plan
  /** Increases with what the jobs use. */
  used: Cost
}

interface Turns {
  /** The last error of each job that failed. */
  errors: Map<string, string>
  leftOut: string[]
}

/** One turn for each job, then more for each that has more to do, as far as the plan allows. */
async function takeTurns(
  env: Env,
  { jobs, names, plan, used }: Run,
  nowMs: number,
): Promise<Turns> {
  const untilMs = Date.now() + RUN_MS
  const failed = new Map<string, number>()
  const errors = new Map<string, string>()
  const leftOut: string[] = []
  let due = names
  for (let round = 0; round < ROUNDS[plan] && due.length > 0; round++) {
    const again: string[] = []
    for (const name of due) {
      const job = jobs[name]!
      if (Date.now() > untilMs || !fits(used, costOf(job, plan), LIMITS[plan])) {
        if (round === 0) leftOut.push(name)
        continue
      }
      used.calls += job.fetches ?? 0
      const beganMs = Date.now()
      try {
        if (await within(TURN_MS, name, job.run(env, nowMs))) again.push(name)
      } catch (error) {
        const failures = (failed.get(name) ?? 0) + 1
        failed.set(name, failures)
        errors.set(name, loggable(error))
        // A turn that hangs cannot be cancelled: another one must not run beside it.
        const hangs = Date.now() - beganMs >= TURN_MS
        if (failures < MOST_FAILURES && !hangs) again.push(name)
        console.error('job failed', name, loggable(error))
      }
    }
    due = again
  }
  return { errors, leftOut }
}

const costOf = ({ turn, paidTurn }: Job, plan: Plan): Cost =>
  plan === 'paid' ? (paidTurn ?? turn) : turn
