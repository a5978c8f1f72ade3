import { limitAt, type Budget } from '../budget.ts'
import { keyOf, plainValue } from '../lines.ts'
import { currentPeriod, periodsBefore } from '../window.ts'
import {
  emptyBucket,
  heldOf,
  reservedOf,
  runningOf,
  spentOf,
  unaccountedOf,
  type Bucket,
} from './bucket.ts'
import type { StoredBucket } from './buckets.ts'
import type { ObjectStore } from './object-store.ts'

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

function describe(
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

/** The running window and those before it, of which so many are kept. */
export const KEPT_WINDOWS = 13
const MOST_VALUES = 100

type Store = Pick<ObjectStore, 'buckets' | 'values'>
interface At {
  zone: string
  nowMs: number
}

/** The state of a budget's running window: of one value, or of those with the most spent. */
export function stateOf(
  store: Store,
  budget: Budget,
  value: string | null,
  { zone, nowMs }: At,
): BudgetState {
  const key = keyOf(budget)
  const period = currentPeriod(budget.window, zone, nowMs)
  const stored =
    value === null
      ? store.buckets.largest(key, period.startMs, MOST_VALUES)
      : [storedOf(store, key, period.startMs, plainValue(budget, value))]
  const values = stored.map(({ value: own, state }) => {
    const bucket = (JSON.parse(state) as Bucket | null) ?? emptyBucket()
    return describe(budget, own, bucket, period, nowMs)
  })
  const single =
    budget.value === null
      ? budget.scope === 'account'
        ? ''
        : null
      : plainValue(budget, budget.value)
  if (values.length === 0 && single !== null)
    values.push(describe(budget, single, emptyBucket(), period, nowMs))
  return { values, before: before(store, budget, { zone, nowMs }) }
}

const storedOf = (store: Store, key: string, startMs: number, value: string): StoredBucket => ({
  value,
  state: store.buckets.read(key, startMs, value) ?? 'null',
})

const before = (store: Store, budget: Budget, { zone, nowMs }: At): BudgetState['before'] =>
  periodsBefore(budget.window, zone, nowMs, KEPT_WINDOWS)
    .slice(1)
    .map(({ startMs }) => {
      const buckets = store
        .values(keyOf(budget), startMs)
        .map(({ state }) => JSON.parse(state) as Bucket)
      const most = buckets.reduce(
        (one, other) => (other.mostOver > one.mostOver ? other : one),
        emptyBucket(),
      )
      return { startMs, mostOver: most.mostOver, mostRunning: most.mostRunning }
    })
