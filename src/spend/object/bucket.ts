import { limitAt, type Budget, type Definition } from '../budget.ts'
import type { Change } from '../protocol.ts'

/** What one isolate has of a bucket. */
export interface Lease {
  /** Reserved and free together. */
  held: number
  free: number
  running: number
  excess: number
  /** When the isolate was last heard of. */
  seenMs: number
}

/** What is known of a budget's amount for one value and window. */
export interface Bucket {
  spent: number
  /** What async work changes: its bill comes in one window and counts in another. */
  moved: number
  leases: Record<string, Lease>
  /** The most by which the limit could have been exceeded, and how many requests were running then. */
  mostOver: number
  mostRunning: number
  /** The highest threshold that people were told of, in percent, and of which limit. Absent: none. */
  told?: { limit: number; percent: number }
}

export const emptyBucket = (): Bucket => ({
  spent: 0,
  moved: 0,
  leases: {},
  mostOver: 0,
  mostRunning: 0,
})

/** An isolate reports at least this often while it has requests running. */
const HEARD_MS = 180_000
/** Leases grow only below this share of the limit. */
const LEASED_SHARE = 0.8
/** What is free in all leases together, as a share of the limit: so much may be refused to others. */
const FREE_SHARE = 0.04

const sum = (bucket: Bucket, of: (lease: Lease) => number): number =>
  Object.values(bucket.leases).reduce((total, lease) => total + of(lease), 0)

export const spentOf = ({ spent, moved }: Bucket): number => spent + moved
export const heldOf = (bucket: Bucket): number => sum(bucket, ({ held }) => held)
/** What running requests have of it, without what is free in leases. */
export const reservedOf = (bucket: Bucket): number => sum(bucket, ({ held, free }) => held - free)
export const runningOf = (bucket: Bucket): number => sum(bucket, ({ running }) => running)
/** What is held by isolates that have not been heard of: what they may have spent. */
export const unaccountedOf = (bucket: Bucket, nowMs: number): number =>
  sum(bucket, ({ held, seenMs }) => (seenMs < nowMs - HEARD_MS ? held : 0))

export const leftOf = (bucket: Bucket, budget: Budget, nowMs: number): number =>
  limitAt(budget, nowMs) - spentOf(bucket) - heldOf(bucket)

const MOST_LEASES = 200
const LOST = 'lost'

/** Isolates that are not heard of share one lease, so that a bucket stays small. */
function mergeLost(bucket: Bucket, nowMs: number): void {
  const lost = Object.entries(bucket.leases).filter(([, { seenMs }]) => seenMs < nowMs - HEARD_MS)
  const held = lost.reduce((total, [, lease]) => total + lease.held, 0)
  for (const [isolate] of lost) delete bucket.leases[isolate]
  if (held > 0) bucket.leases[LOST] = { held, free: 0, running: 0, excess: 0, seenMs: 0 }
}

function leaseOf(bucket: Bucket, isolate: string, nowMs: number): Lease {
  if (Object.keys(bucket.leases).length >= MOST_LEASES) mergeLost(bucket, nowMs)
  const lease = (bucket.leases[isolate] ??= {
    held: 0,
    free: 0,
    running: 0,
    excess: 0,
    seenMs: nowMs,
  })
  lease.seenMs = nowMs
  return lease
}

/** Adds an isolate's report to its lease. */
export function apply(bucket: Bucket, isolate: string, change: Change, nowMs: number): void {
  const lease = leaseOf(bucket, isolate, nowMs)
  lease.held = Math.max(0, lease.held + change.held)
  lease.free = Math.max(0, lease.free + change.free)
  lease.running = Math.max(0, lease.running + change.running)
  lease.excess = Math.max(0, lease.excess + change.excess)
  if (lease.held === 0 && lease.running === 0) delete bucket.leases[isolate]
}

export interface Needed {
  amount: number
  excess: number
  share: number
}

/** How much more than it needs an isolate may get, to admit others by itself. */
export function freeFor(
  bucket: Bucket,
  budget: Budget,
  { amount, share }: Needed,
  nowMs: number,
): number {
  const limit = limitAt(budget, nowMs)
  const used = spentOf(bucket) + heldOf(bucket) + amount
  const room = Math.min(
    limit * LEASED_SHARE - used,
    limit * FREE_SHARE - sum(bucket, ({ free }) => free),
  )
  const wanted = amount * share
  // Less than one more request is of no use.
  return room < amount ? 0 : Math.max(0, Math.floor(Math.min(room, wanted)))
}

/** More is free in leases than may be. */
export const isOverLeased = (bucket: Bucket, budget: Budget, nowMs: number): boolean =>
  sum(bucket, ({ free }) => free) > limitAt(budget, nowMs) * FREE_SHARE

export const isLow = (bucket: Bucket, budget: Budget, nowMs: number): boolean =>
  spentOf(bucket) + heldOf(bucket) >= limitAt(budget, nowMs) * LEASED_SHARE

/** Reserves `amount` for one request, and `free` for others; `running`: whether there is a request. */
export function hold(
  bucket: Bucket,
  isolate: string,
  { amount, excess }: Omit<Needed, 'share'>,
  { free, isRequest }: { free: number; isRequest: boolean },
  nowMs: number,
): number {
  const lease = leaseOf(bucket, isolate, nowMs)
  if (isRequest) {
    lease.held += amount
    lease.running++
    lease.excess += excess
  }
  lease.held += free
  lease.free += free
  return excess / Math.max(amount, 1)
}

/**
 * Notes by how much the limit could be exceeded now: if every running request used the most that it can. Requests that
 * an isolate admits from a lease are known as soon as it reports them, and leases end far below the limit.
 */
export function noteBound(bucket: Bucket, budget: Budget, nowMs: number): void {
  const excess = sum(bucket, (lease) => lease.excess)
  const over = Math.ceil(-leftOf(bucket, budget, nowMs) + excess)
  if (over <= bucket.mostOver) return
  bucket.mostOver = over
  bucket.mostRunning = runningOf(bucket)
}

/** The ledger has rows that the object had not been told of: isolates not heard of are taken to have spent it. */
export function settleUnaccounted(bucket: Bucket, amount: number, nowMs: number): void {
  let left = amount
  for (const [isolate, lease] of Object.entries(bucket.leases)) {
    if (left <= 0) return
    if (lease.seenMs >= nowMs - HEARD_MS) continue
    const taken = Math.min(left, lease.held)
    lease.held -= taken
    left -= taken
    if (lease.held === 0) delete bucket.leases[isolate]
  }
}

/** Forgets what isolates that are not heard of any more held. */
export function forgetUnaccounted(bucket: Bucket, nowMs: number): void {
  for (const [isolate, { seenMs }] of Object.entries(bucket.leases))
    if (seenMs < nowMs - HEARD_MS) delete bucket.leases[isolate]
}

/** The highest threshold that a bucket has passed, and that was not told of this limit yet. Null: none. */
export function passedThreshold(
  bucket: Bucket,
  { thresholds, ...budget }: Definition,
  nowMs: number,
): { limit: number; percent: number } | null {
  const [limit, spent] = [limitAt(budget, nowMs), spentOf(bucket)]
  const percent = thresholds.findLast((one) => spent > 0 && spent * 100 >= limit * one)
  if (percent === undefined) return null
  const before = bucket.told?.limit === limit ? bucket.told.percent : 0
  return percent > before ? { limit, percent } : null
}
