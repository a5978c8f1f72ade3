import { announceWaiting, tidyAlerts } from '../alerts/deliver/job.ts'
import {
  checkAlerts,
  checkConditions,
  checkForecasts,
  checkTokens,
} from '../alerts/evaluate/job.ts'
import { readBills } from '../billing/job.ts'
import { sendTraces } from '../exports/otlp/job.ts'
import { tidyAccounts } from '../people/accounts/job.ts'
import type { Env } from '../env.ts'
import { deliverOutbox, closeOpenRequests, giveUpMissing, tidyLedger } from '../ledger/job.ts'
import { compactDays, compactMonths } from '../ledger/rollups/compaction-store.ts'
import { applyLimits, sumUpDays, sumUpHours } from '../ledger/rollups/store.ts'
import { deliverObjectNotes } from '../credentials/objects/store.ts'
import { keepPrices } from '../settlement/prices-store.ts'
import { eraseAccounts, pruneLedger } from '../ledger/retention/job.ts'
import { dropTombstones } from '../ledger/retention/let-go-store.ts'
import { resealSecrets } from '../credentials/seal/job.ts'
import { checkBudgets, tidyUnchecked } from '../spend/job.ts'
import { fetchBills } from '../settlement/job.ts'
import type { Cost } from './budget.ts'
import { CRONS } from '../ledger/crons.ts'

export interface Job {
  /** One bounded turn. True: there is more to do at once. The next run continues with what is left. */
  run: (env: Env, nowMs: number) => Promise<boolean>
  /** The most that a turn uses on Free. A test checks it for every job. */
  turn: Cost
  /** The same on Paid, if that is more. */
  paidTurn?: Cost
  /** The most of these calls that go to xAI; no binding counts them. */
  fetches?: number
}

/** In order of urgency: first data that may be lost, then space, then what is only late. */
export const JOBS: Readonly<Record<string, Readonly<Record<string, Job>>>> = {
  [CRONS.often]: {
    deliverOutbox: { run: deliverOutbox, turn: { queries: 12, calls: 14 } },
    closeOpenRequests: { run: closeOpenRequests, turn: { queries: 12, calls: 2 } },
    pruneLedger: {
      run: pruneLedger,
      turn: { queries: 18, calls: 14 },
      // Ten pages of rows, each deleted with three statements.
      paidTurn: { queries: 60, calls: 40 },
    },
    eraseAccounts: { run: eraseAccounts, turn: { queries: 24, calls: 8 } },
    applyLimits: { run: applyLimits, turn: { queries: 1, calls: 1 } },
    // Before hours are summed up: it goes by what is not.
    checkAlerts: { run: checkAlerts, turn: { queries: 12, calls: 14 } },
    sumUpHours: { run: sumUpHours, turn: { queries: 9, calls: 3 } },
    sumUpDays: { run: sumUpDays, turn: { queries: 9, calls: 3 } },
    fetchBills: { run: fetchBills, turn: { queries: 18, calls: 17 }, fetches: 2 },
    resealSecrets: { run: resealSecrets, turn: { queries: 13, calls: 12 } },
    announceWaiting: { run: announceWaiting, turn: { queries: 1, calls: 2 } },
    checkConditions: { run: checkConditions, turn: { queries: 12, calls: 14 } },
    checkForecasts: {
      run: checkForecasts,
      turn: { queries: 16, calls: 16 },
      paidTurn: { queries: 90, calls: 90 },
    },
    checkTokens: { run: checkTokens, turn: { queries: 9, calls: 9 } },
    readBills: { run: readBills, turn: { queries: 9, calls: 12 }, fetches: 4 },
    sendTraces: { run: sendTraces, turn: { queries: 9, calls: 9 }, fetches: 2 },
    checkBudgets: { run: checkBudgets, turn: { queries: 6, calls: 10 } },
    dropTombstones: { run: dropTombstones, turn: { queries: 1, calls: 1 } },
  },
  // KV Free allows 1,000 lists a day, so list once an hour what is rarely there.
  [CRONS.hourly]: {
    deliverObjectNotes: { run: deliverObjectNotes, turn: { queries: 1, calls: 12 } },
    giveUpMissing: { run: giveUpMissing, turn: { queries: 1, calls: 3 } },
    compactDays: { run: compactDays, turn: { queries: 14, calls: 9 } },
    compactMonths: { run: compactMonths, turn: { queries: 14, calls: 9 } },
  },
  [CRONS.nightly]: {
    keepPrices: { run: keepPrices, turn: { queries: 2, calls: 6 }, fetches: 2 },
    tidyLedger: { run: tidyLedger, turn: { queries: 4, calls: 2 } },
    tidyUnchecked: { run: tidyUnchecked, turn: { queries: 1, calls: 1 } },
    tidyAlerts: { run: tidyAlerts, turn: { queries: 1, calls: 1 } },
    tidyAccounts: { run: tidyAccounts, turn: { queries: 5, calls: 1 } },
  },
}
