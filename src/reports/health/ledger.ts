import { FULL_SHARE } from '../../ledger/retention/day.ts'
import { daysOfRoom, type Room } from './room-store.ts'
import type { LedgerCounts } from '../../ledger/store.ts'
import type { Condition } from './conditions.ts'

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
  /** Jobs whose last run failed. */
  failedJobs: readonly FailedJob[]
}

export interface FailedJob {
  name: string
  sinceMs: number
  error: string
}

/** The time of the oldest entry that is not written yet. Null: none is known. */
export function oldestUnwrittenMs({ counts, queue }: LedgerState): number | null {
  if (counts.waiting <= 0) return null
  const known = [counts.pendingSinceMs, queue?.oldestMs ?? null].filter((ms) => ms !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function presentRoom({ room, databases, retentionDays }: LedgerState) {
  const { bytes, limitBytes } = databases.LEDGER
  const days = daysOfRoom(room, bytes, FULL_SHARE * limitBytes, retentionDays)
  return {
    requestsADay: room.requestsADay,
    outputTokensARequest: Math.round(room.outputTokensARequest),
    bytesPerRequest: room.bytesPerRequest === null ? null : Math.round(room.bytesPerRequest),
    /** Until the database is nearly full, at the rate of the last day. Null: unknown, or never. */
    daysLeft: typeof days === 'number' ? days : null,
    /** Rows are pruned by age before the database is full. */
    isEnough: days === 'always',
  }
}

/** The state as JSON, with what is wrong. Times in ISO 8601, sizes in bytes. */
export function presentLedger(state: LedgerState, conditions: readonly Condition[], nowMs: number) {
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
    conditions,
  }
}

export type PresentedLedger = ReturnType<typeof presentLedger>

const moment = (ms: number | null, nowMs: number): { at: string; ageMs: number } | null =>
  ms === null ? null : { at: new Date(ms).toISOString(), ageMs: Math.max(0, nowMs - ms) }
