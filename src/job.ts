import type { Env } from './env.ts'
import { settleOpenEntries, tidyWriters } from './ledger/job.ts'
import { eraseAccounts, pruneLedger } from './retention/job.ts'

type Job = (env: Env, nowMs: number) => Promise<void>

/** What runs when, by the cron expressions of wrangler.toml. */
export const JOBS: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  '*/5 * * * *': { settleOpenEntries, eraseAccounts },
  '17 3 * * *': { pruneLedger, tidyWriters },
}

/** Runs each job of a time, whatever becomes of the others. Throws in the end where one failed. */
export async function runJobs(cron: string, env: Env, nowMs: number): Promise<void> {
  const failed: string[] = []
  for (const [name, job] of Object.entries(JOBS[cron] ?? {})) {
    try {
      await job(env, nowMs)
    } catch (error) {
      failed.push(name)
      console.error('job failed', name, String(error))
    }
  }
  if (failed.length > 0) throw new Error(`jobs failed: ${failed.join(', ')}`)
}
