import { readSettings, type Env, type Plan } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { counted, fits, LIMITS, type Cost } from './budget.ts'
import { JOBS, type Job } from './jobs.ts'
import { within } from '../http/time-limit.ts'
import { inOrderOfNeed, noteBegun, noteLeftOut } from './left-out.ts'

/** Less than the time between two runs. */
const RUN_MS = 240_000
/** A turn that takes longer hangs, and must hold up no other job. */
const TURN_MS = 100_000
/** For each job in a run. On Free, what an invocation may compute has to do for all of them. */
const ROUNDS: Record<Plan, number> = { free: 1, paid: 500 }
/** A turn that fails takes something else the next time; what fails again and again is left to the next run. */
const MOST_FAILURES = 3
/** Who was left out is read and written in any case. */
const OWN: Cost = { queries: 4, calls: 3 }

/**
 * Runs the jobs of a time, turn by turn, as far as one invocation may ask Cloudflare; whom that leaves without
 * a turn comes first in the next run. None holds up the others: throws in the end where one has failed.
 */
export async function runJobs(cron: string, env: Env, nowMs: number): Promise<void> {
  const jobs = JOBS[cron]
  if (!jobs) throw new Error(`Cannot run the jobs of ${cron}: there are none; see src/jobs/jobs.ts`)
  const plan = planOf(env)
  const used: Cost = { ...OWN }
  const names = await inOrderOfNeed(env.LEDGER, Object.keys(jobs))
  await noteBegun(env.LEDGER, names, nowMs)
  const { failed, leftOut } = await takeTurns(
    counted(env, used),
    { jobs, names, plan, used },
    nowMs,
  )
  await noteLeftOut(env.LEDGER, Object.keys(jobs), leftOut, nowMs)
  if (failed.size > 0) throw new Error(`jobs failed: ${[...failed.keys()].join(', ')}`)
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
  plan: Plan
  /** Grows with what the jobs ask. */
  used: Cost
}

interface Turns {
  /** How often each has failed that has. */
  failed: Map<string, number>
  leftOut: string[]
}

/** A turn for each, then another for each that has more to do, as far as the plan goes. */
async function takeTurns(
  env: Env,
  { jobs, names, plan, used }: Run,
  nowMs: number,
): Promise<Turns> {
  const untilMs = Date.now() + RUN_MS
  const failed = new Map<string, number>()
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
      try {
        if (await within(TURN_MS, name, job.run(env, nowMs))) again.push(name)
      } catch (error) {
        const failures = (failed.get(name) ?? 0) + 1
        failed.set(name, failures)
        if (failures < MOST_FAILURES) again.push(name)
        console.error('job failed', name, loggable(error))
      }
    }
    due = again
  }
  return { failed, leftOut }
}

const costOf = ({ turn, paidTurn }: Job, plan: Plan): Cost =>
  plan === 'paid' ? (paidTurn ?? turn) : turn
