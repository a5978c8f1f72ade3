import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { counted, type Cost } from '../../../src/jobs/budget.ts'
import type { CRONS } from '../../../src/ledger/crons.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { pruneLedger } from '../../../src/ledger/retention/job.ts'
import { freshLedger } from '../ledger/messages.ts'
import { untilDone } from '../turns.ts'
import { backlog, free, later, playXai } from './backlog.ts'

/** Tests what the jobs of a cron ask in a turn. One file for a cron, so that they run beside each other. */
export function testTurns(cron: (typeof CRONS)[keyof typeof CRONS]): void {
  beforeEach(freshLedger)
  afterEach(() => void vi.restoreAllMocks())

  test.each(Object.entries(JOBS[cron] ?? {}))(
    '%s asks no more in a turn than it says',
    { timeout: 60_000 },
    async (name, job) => {
      vi.spyOn(console, 'warn').mockImplementation(() => {})
      await backlog()
      const xai = playXai()
      // Sums are summed up further where the rows are gone.
      if (name.startsWith('compact')) await untilDone(() => pruneLedger(free(), later))
      const most: Cost = { queries: 0, calls: 0 }
      await untilDone(async () => {
        const used: Cost = { queries: 0, calls: 0 }
        xai.calls = 0
        const isMore = await job.run(counted(free(), used), later)
        expect(xai.calls).toBeLessThanOrEqual(job.fetches ?? 0)
        most.queries = Math.max(most.queries, used.queries)
        most.calls = Math.max(most.calls, used.calls + xai.calls)
        return isMore
      })
      expect(most.queries).toBeLessThanOrEqual(job.turn.queries)
      expect(most.calls).toBeLessThanOrEqual(job.turn.calls)
      console.log(name, most)
    },
  )
}
