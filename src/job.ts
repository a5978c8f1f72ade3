import { tidyAccounts } from './accounts/job.ts'
import { CRONS } from './crons.ts'
import type { Env } from './env.ts'
import { loggable } from './error-log.ts'
import {
  bringInParked,
  closeOpenRequests,
  giveUpMissing,
  sumUpTimes,
  tidyLedger,
} from './ledger/job.ts'
import { resealSecrets } from './seal/reseal.ts'
import { bringInNotes } from './objects/store.ts'
import { compactSums } from './ledger/compact.ts'
import { keepPrices } from './prices/job.ts'
import { fetchBills } from './works/job.ts'
import { eraseAccounts, eraseStragglers, pruneLedger } from './retention/job.ts'

type Job = (env: Env, nowMs: number) => Promise<void>

const JOBS: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  [CRONS.often]: {
    bringInParked,
    bringInNotes,
    closeOpenRequests,
    giveUpMissing,
    sumUpTimes,
    fetchBills,
    resealSecrets,
    eraseAccounts,
    pruneLedger,
  },
  [CRONS.hourly]: { compactSums },
  [CRONS.nightly]: { compactSums, tidyLedger, tidyAccounts, eraseStragglers, keepPrices },
}

/** Runs each job of a time, whatever becomes of the others. Throws in the end where one failed. */
export async function runJobs(cron: string, env: Env, nowMs: number): Promise<void> {
  const jobs = JOBS[cron]
  if (!jobs) throw new Error(`Cannot run the jobs of ${cron}: there are none; see src/crons.ts`)
  const failed: string[] = []
  for (const [name, job] of Object.entries(jobs)) {
    try {
      await job(env, nowMs)
    } catch (error) {
      failed.push(name)
      console.error('job failed', name, loggable(error))
    }
  }
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join(', ')}`)
}
