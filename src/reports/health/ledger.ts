import { FULL_SHARE } from '../../ledger/retention/day.ts'
import { daysOfRoom, type Room } from './room-store.ts'
import type { LedgerCounts } from '../../ledger/store.ts'
import { DAY_MS } from '../../http/time.ts'

export interface DatabaseSize {
  bytes: number
  limitBytes: number
}

export interface QueueBacklog {
  messages: number
  oldestMs: number | null
}

/** The state of the ledger at one moment. */
export interface LedgerState {
  counts: LedgerCounts
  /** Null: the queue did not answer. */
  queue: QueueBacklog | null
  databases: Readonly<Record<'DB' | 'LEDGER', DatabaseSize>>
  room: Room
  retentionDays: number
  /** Requests of the last day whose budgets could not be checked. */
  unchecked: { passed: number; refused: number }
}

const OLD_MS = 15 * 60_000

/** The time of the oldest entry that is not written yet. Null: none is known. */
export function oldestUnwrittenMs({ counts, queue }: LedgerState): number | null {
  if (counts.waiting <= 0) return null
  const known = [counts.pendingSinceMs, queue?.oldestMs ?? null].filter((ms) => ms !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** Warnings for the operator, each with what to do. */
export function warningsOf(state: LedgerState, nowMs: number): string[] {
  const { counts, databases } = state
  const warnings: string[] = []
  if (counts.lost > 0) {
    warnings.push(
      `${counts.lost} rows were lost. Rows that D1, the queue and KV did not take are in the Worker’s log, one "ledger_row_not_written" line each; rows that the queue lost are counted in the log under "ledger_entries_given_up".`,
    )
  }
  if (counts.dead > 0) {
    warnings.push(
      `${counts.dead} rows cannot be written. List them with "npm run ledger -- dead --remote", then write them with "npm run ledger -- replay --remote".`,
    )
  }
  const oldestMs = oldestUnwrittenMs(state)
  if (oldestMs !== null && nowMs - oldestMs > OLD_MS) {
    const minutes = Math.floor((nowMs - oldestMs) / 60_000)
    warnings.push(
      `A row has been waiting for ${minutes} minutes. Check that the queue has a consumer.`,
    )
  }
  for (const [name, { bytes, limitBytes }] of Object.entries(databases)) {
    if (bytes < FULL_SHARE * limitBytes) continue
    const percent = Math.floor((100 * bytes) / limitBytes)
    warnings.push(
      `Database ${name} is ${percent}% full. Lower RETENTION_DAYS, or set PLAN to your Cloudflare plan.`,
    )
  }
  const { passed, refused } = state.unchecked
  if (passed + refused > 0) {
    warnings.push(
      `In the last 24 hours the budgets of ${passed + refused} requests could not be checked: ${passed} passed and ${refused} were refused, as each budget says. If it goes on, look for errors of the Durable Object SPEND in the Worker’s log.`,
    )
  }
  const { early } = state.room
  if (early !== null && nowMs - early.atMs < EARLY_MS) {
    const before = new Date(early.beforeMs).toISOString().slice(0, 10)
    warnings.push(
      `Rows from before ${before} were deleted early because the database was nearly full. Lower RETENTION_DAYS, bind ARCHIVE to keep rows in R2, or move to a larger plan and set PLAN.`,
    )
  }
  return warnings
}

/** The warning about rows pruned early is shown for this long. */
const EARLY_MS = 7 * DAY_MS

function presentRoom({ room, databases, retentionDays }: LedgerState) {
  const { bytes, limitBytes } = databases.LEDGER
  const days = daysOfRoom(room, bytes, FULL_SHARE * limitBytes, retentionDays)
  return {
    requestsADay: room.requestsADay,
    bytesPerRequest: room.bytesPerRequest === null ? null : Math.round(room.bytesPerRequest),
    /** Until the database is nearly full, at the rate of the last day. Null: unknown, or never. */
    daysLeft: typeof days === 'number' ? days : null,
    /** Rows are pruned by age before the database is full. */
    isEnough: days === 'always',
  }
}

/** The state as JSON. Times in ISO 8601, sizes in bytes. */
export function presentLedger(state: LedgerState, nowMs: number) {
  const { counts, queue, databases } = state
  const { accepted, written, waiting, dead, lost, retried, open } = counts
  const oldestMs = oldestUnwrittenMs(state)
  return {
    entries: { accepted, written, waiting, dead, lost, retried },
    oldestUnwritten: moment(oldestMs, nowMs),
    queue: queue && { messages: queue.messages, oldest: moment(queue.oldestMs, nowMs) },
    open: { requests: open, oldest: moment(counts.openSinceMs, nowMs) },
    databases,
    room: presentRoom(state),
    unchecked: state.unchecked,
    warnings: warningsOf(state, nowMs),
  }
}

export type PresentedLedger = ReturnType<typeof presentLedger>

const moment = (ms: number | null, nowMs: number): { at: string; ageMs: number } | null =>
  ms === null ? null : { at: new Date(ms).toISOString(), ageMs: Math.max(0, nowMs - ms) }
