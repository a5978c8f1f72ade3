import { FULL_SHARE } from '../../ledger/retention/day.ts'
import { DAY_MS } from '../../http/time.ts'
import { some } from '../../http/format.ts'
import { oldestUnwrittenMs, type LedgerState } from './ledger.ts'

/** What is wrong with the deployment, for the health page and for alerts. */
export interface Condition {
  /** The same as long as it lasts: `rows_lost`, `database_full/DB`. */
  id: string
  /** `alert`: rows are lost, or soon will be. */
  level: 'warning' | 'alert'
  /** What is wrong, with what to do. */
  text: string
  /** How many there are, of what only grows: more of them are news. */
  count?: number
}

/** What is wrong, in a few words, by the part of an id before its slash. */
const TITLES = {
  rows_lost: 'rows were lost',
  rows_dead: 'rows cannot be written',
  rows_waiting: 'rows wait too long',
  rows_pruned_early: 'rows were deleted early',
  database_full: 'a database is nearly full',
  budgets_unchecked: 'budgets could not be checked',
  job_failed: 'a job failed',
} as const
type Name = keyof typeof TITLES
type Id = Name | `${Name}/${string}`

/** A condition in a few words, also when it is over. */
export function conditionTitle(id: string): string {
  const [name = '', ...rest] = id.split('/')
  const title = Object.hasOwn(TITLES, name) ? TITLES[name as Name] : name
  return rest.length === 0 ? title : `${title} (${rest.join('/')})`
}

const OLD_MS = 15 * 60_000
/** The warning about rows pruned early is shown for this long. */
const EARLY_MS = 7 * DAY_MS

type Check = (state: LedgerState, nowMs: number) => (Condition & { id: Id })[]

const lostRows: Check = ({ counts: { lost } }) =>
  lost <= 0
    ? []
    : [
        {
          id: 'rows_lost',
          level: 'alert',
          text: `${lost} rows were lost. Rows that D1, the queue and KV did not take are in the Worker’s log, one "ledger_row_not_written" line each; rows that the queue lost are counted in the log under "ledger_entries_given_up".`,
          count: lost,
        },
      ]

const deadRows: Check = ({ counts: { dead } }) =>
  dead <= 0
    ? []
    : [
        {
          id: 'rows_dead',
          level: 'alert',
          text: `${dead} rows cannot be written. List them with "npm run ledger -- dead --remote", then write them with "npm run ledger -- replay --remote".`,
        },
      ]

const waitingRows: Check = (state, nowMs) => {
  const oldestMs = oldestUnwrittenMs(state)
  if (oldestMs === null || nowMs - oldestMs <= OLD_MS) return []
  const minutes = Math.floor((nowMs - oldestMs) / 60_000)
  return [
    {
      id: 'rows_waiting',
      level: 'alert',
      text: `A row has been waiting for ${minutes} minutes. Check that the queue has a consumer.`,
    },
  ]
}

const fullDatabases: Check = ({ databases }) =>
  Object.entries(databases)
    .filter(([, { bytes, limitBytes }]) => bytes >= FULL_SHARE * limitBytes)
    .map(([name, { bytes, limitBytes }]) => ({
      id: `database_full/${name}`,
      level: 'alert',
      text: `Database ${name} is ${Math.floor((100 * bytes) / limitBytes)}% full. Lower RETENTION_DAYS, or set PLAN to your Cloudflare plan.`,
    }))

const uncheckedBudgets: Check = ({ unchecked: { passed, refused } }) =>
  passed + refused <= 0
    ? []
    : [
        {
          id: 'budgets_unchecked',
          level: 'warning',
          text: `In the last 24 hours the budgets of ${passed + refused} requests could not be checked: ${passed} passed and ${refused} were refused, as each budget says. If it goes on, look for errors of the Durable Object SPEND in the Worker’s log.`,
        },
      ]

const prunedEarly: Check = ({ room: { early } }, nowMs) => {
  if (early === null || nowMs - early.atMs >= EARLY_MS) return []
  const before = new Date(early.beforeMs).toISOString().slice(0, 10)
  return [
    {
      id: 'rows_pruned_early',
      level: 'warning',
      text: `Rows from before ${before} were deleted early because the database was nearly full. Lower RETENTION_DAYS, bind ARCHIVE to keep rows in R2, or move to a larger plan and set PLAN.`,
    },
  ]
}

const failedJobs: Check = ({ failedJobs: jobs }, nowMs) =>
  jobs.map(({ name, sinceMs, error }) => ({
    id: `job_failed/${name}`,
    level: 'alert',
    text: `The job ${name} has been failing for ${some(Math.max(1, Math.floor((nowMs - sinceMs) / 60_000)), 'minute')}: ${error}. The Worker’s log has more under "job failed".`,
  }))

const CHECKS: readonly Check[] = [
  lostRows,
  deadRows,
  waitingRows,
  fullDatabases,
  uncheckedBudgets,
  prunedEarly,
  failedJobs,
]

/** What is wrong with the deployment now, each with what to do. */
export const conditionsOf = (state: LedgerState, nowMs: number): Condition[] =>
  CHECKS.flatMap((check) => check(state, nowMs))
