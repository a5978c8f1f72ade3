import { CRON_PERIODS_MS } from '../../ledger/crons.ts'
import { FULL_SHARE } from '../../ledger/retention/day.ts'
import { DAY_MS } from '../../http/time.ts'
import { cpuMs } from './cpu.ts'
import {
  BY_REQUESTERS,
  JOB_RUN,
  KV_WRITES_A_TOKEN,
  OBJECT_CALLS,
  OBJECT_ROWS,
  QUEUE_OPERATIONS,
  ROWS_READ_A_PAGE,
  ROWS_READ_A_REQUEST,
  ROWS_WRITTEN,
} from './measured.ts'
import {
  ALLOWANCES,
  CPU,
  PAID_USD_A_MONTH,
  STORAGE,
  type Allowance,
  type AllowanceName,
  type Plan,
} from './plans.ts'
import type { Traffic } from './traffic.ts'

const RUNS_A_DAY = (Object.keys(CRON_PERIODS_MS) as (keyof typeof CRON_PERIODS_MS)[]).map(
  (name) => ({ ...JOB_RUN[name], runs: DAY_MS / CRON_PERIODS_MS[name] }),
)
const jobs = (what: 'rowsWritten' | 'rowsRead' | 'kvLists'): number =>
  RUNS_A_DAY.reduce((sum, run) => sum + run.runs * run[what], 0)

/** Rows written for a request in its whole life; `isSteady`: as many rows are deleted as come. */
export function rowsARequest(traffic: Traffic, isSteady: boolean): number {
  const { laterRows, goneRows } = BY_REQUESTERS[traffic.requesters]
  return (
    ROWS_WRITTEN.request +
    ROWS_WRITTEN.label * traffic.labelledShare +
    ROWS_WRITTEN.session * traffic.sessionShare +
    ROWS_WRITTEN.tags * traffic.taggedShare +
    ROWS_WRITTEN.long * traffic.longShare +
    laterRows +
    (isSteady ? goneRows : 0)
  )
}

/** What a day uses of each allowance; once as many rows are deleted as come. */
export function usedADay(traffic: Traffic): Record<AllowanceName, number> {
  const { requests, pages, tokens, budgetShare, sink } = traffic
  const runs = RUNS_A_DAY.reduce((sum, one) => sum + one.runs, 0)
  const workerRequests = requests + pages + runs
  return {
    workerRequests,
    // One for each; what Metrion itself logs are errors.
    logEvents: workerRequests,
    rowsWritten: requests * rowsARequest(traffic, true) + jobs('rowsWritten'),
    rowsRead: requests * ROWS_READ_A_REQUEST + pages * ROWS_READ_A_PAGE + jobs('rowsRead'),
    // A token is remembered for 30 seconds by each isolate: at most one read for each request.
    kvReads: requests,
    kvWrites: tokens * KV_WRITES_A_TOKEN,
    kvLists: jobs('kvLists'),
    // The queue is the net: with LEDGER_SINK=d1 nothing passes it.
    queueOperations: sink === 'queue' ? requests * QUEUE_OPERATIONS : 0,
    objectRequests: requests * budgetShare * OBJECT_CALLS,
    objectRows: requests * budgetShare * OBJECT_ROWS,
    points: requests,
  }
}

/** From there on, the oldest rows are deleted early. */
const fullBytes = ({ ledgerLimitBytes }: Traffic, plan: Plan): number =>
  Math.min(ledgerLimitBytes ?? Infinity, STORAGE.bytes[plan]) * FULL_SHARE

/** For how many days rows are kept: fewer than is set, where the database fills up before. */
export const daysKept = (traffic: Traffic, plan: Plan): number =>
  Math.min(
    traffic.retentionDays,
    Math.floor((fullBytes(traffic, plan) / bytesKept(traffic)) * traffic.retentionDays),
  )

export const bytesKept = (traffic: Traffic): number =>
  traffic.requests *
  traffic.retentionDays *
  (traffic.bytesARequest ?? BY_REQUESTERS[traffic.requesters].bytes)

/** A line of the table: what is used of an allowance. */
export interface Use {
  title: string
  used: number
  limit: number
  unit: string
  share: number
  /** What happens beyond it. */
  beyond: string
  /** Beyond it nothing fails. */
  isSoft?: boolean
}

const MONTH_DAYS = 30

const BEYOND_CPU =
  'Cloudflare may end the request with error 1102. Ask for usage in streams, or use the Paid plan.'
const BEYOND_STORAGE =
  'The oldest rows are deleted early, into the archive first where there is one. Lower RETENTION_DAYS.'

/** All allowances of a plan, the nearest first. Paid: what is included, a day; more of it costs. */
export function usesOf(traffic: Traffic, plan: Plan): Use[] {
  const used = usedADay(traffic)
  const names = Object.keys(ALLOWANCES) as AllowanceName[]
  const uses = names.map((name): Omit<Use, 'share'> => {
    const { title, unit, freeADay, paidAMonth, beyond }: Allowance = ALLOWANCES[name]
    const limit = plan === 'free' ? freeADay : paidAMonth / MONTH_DAYS
    return { title, unit, used: used[name], limit, beyond: plan === 'free' ? beyond : 'It costs.' }
  })
  const { mean, long } = cpuMs(traffic, plan)
  uses.push(
    plan === 'free'
      ? {
          title: 'CPU a request',
          unit: 'ms',
          used: long,
          limit: CPU.freeMsARequest,
          beyond: BEYOND_CPU,
        }
      : {
          title: 'CPU',
          unit: 'ms',
          used: mean * traffic.requests,
          limit: CPU.paidMsAMonth / MONTH_DAYS,
          beyond: 'It costs.',
        },
    {
      title: `Ledger after ${traffic.retentionDays} days`,
      unit: 'bytes',
      used: bytesKept(traffic),
      limit: fullBytes(traffic, plan),
      beyond: BEYOND_STORAGE,
      isSoft: true,
    },
  )
  return uses
    .map((use) => ({ ...use, share: use.used / use.limit }))
    .toSorted((one, other) => other.share - one.share)
}

const over = (amount: number, included: number): number => Math.max(0, amount - included)

/** The bill of the Paid plan for a month, in USD. */
export function usdAMonth(traffic: Traffic): number {
  const used = usedADay(traffic)
  const names = Object.keys(ALLOWANCES) as AllowanceName[]
  const services = names.reduce((sum, name) => {
    const { paidAMonth, usdAMillionMore } = ALLOWANCES[name]
    return sum + (over(used[name] * MONTH_DAYS, paidAMonth) / 1_000_000) * usdAMillionMore
  }, 0)
  const cpu = over(cpuMs(traffic, 'paid').mean * traffic.requests * MONTH_DAYS, CPU.paidMsAMonth)
  const kept = Math.min(bytesKept(traffic), fullBytes(traffic, 'paid'))
  const storage = over(kept, STORAGE.paidIncludedBytes) / 1_000_000_000
  return (
    PAID_USD_A_MONTH +
    services +
    (cpu / 1_000_000) * CPU.usdAMillionMsMore +
    storage * STORAGE.usdAGigabyteMonthMore
  )
}

/** How many requests a day fit into an allowance, with the same kind of traffic. Infinity: it does not depend on them. */
export function requestsThatFit(traffic: Traffic, plan: Plan, title: string): number {
  const share = (requests: number): number =>
    usesOf({ ...traffic, requests }, plan).find((use) => use.title === title)!.share
  const [none, some] = [share(0), share(1_000_000)]
  if (some === none) return some <= 1 ? Infinity : 0
  return Math.max(0, Math.floor(((1 - none) / (some - none)) * 1_000_000))
}
