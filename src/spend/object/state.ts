import { limitAt, type Budget } from '../budget.ts'
import { heldOf, reservedOf, runningOf, spentOf, unaccountedOf, type Bucket } from './bucket.ts'

/** A budget's amount for one value in the running window, in the meter's unit. */
export interface ValueState {
  value: string
  spent: number
  /** For running requests. */
  reserved: number
  /** What isolates may use by themselves. */
  leased: number
  /** The part of both that isolates hold which are not heard of any more. */
  unaccounted: number
  limit: number
  startMs: number
  endMs: number | null
  running: number
  mostOver: number
  mostRunning: number
}

export interface BudgetState {
  values: ValueState[]
  /** Windows before the running one: by how much each could have been exceeded. */
  before: { startMs: number; mostOver: number; mostRunning: number }[]
}

export function describe(
  budget: Budget,
  value: string,
  bucket: Bucket,
  { startMs, endMs }: { startMs: number; endMs: number | null },
  nowMs: number,
): ValueState {
  return {
    value,
    spent: spentOf(bucket),
    reserved: reservedOf(bucket),
    leased: heldOf(bucket) - reservedOf(bucket),
    unaccounted: unaccountedOf(bucket, nowMs),
    limit: limitAt(budget, nowMs),
    startMs,
    endMs,
    running: runningOf(bucket),
    mostOver: bucket.mostOver,
    mostRunning: bucket.mostRunning,
  }
}
