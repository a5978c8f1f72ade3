import type { Budget, Meter } from '../budget.ts'
import { keyOf, lineId, linesOfItem, type Line } from '../lines.ts'
import type { Item } from '../protocol.ts'
import type { Period } from '../window.ts'
import { OTHERS } from '../../ledger/rollups/others.ts'
import {
  forgetUnaccounted,
  noteBound,
  reservedOf,
  settleUnaccounted,
  spentOf,
  type Bucket,
} from './bucket.ts'
import type { Buckets } from './buckets.ts'

/** A sum of the ledger: what a budget's running window has by value, and the newest rows that are in it. */
export interface LedgerSum {
  budget: Budget
  period: Period
  spent: ReadonlyMap<string, number>
}

/** A difference between the object and the ledger, in the meter's unit. */
export interface Correction {
  budgetId: string
  name: string
  meter: Meter
  value: string
  before: number
  after: number
}

/** Smaller differences are corrected, and not told. */
const TOLD_SHARE = 0.01

/**
 * Sets a budget's running window to what the ledger has, and the requests that it lacks yet. `values`: those that have
 * a bucket. `isNew`: the budget was created or changed, so nothing has to agree.
 */
export function countAnew(
  buckets: Buckets,
  { budget, period, spent }: LedgerSum,
  about: { missing: readonly Item[]; values: readonly string[]; zone: string; isNew: boolean },
  nowMs: number,
): Correction[] {
  const { missing, values, zone, isNew } = about
  const total = new Map(spent)
  for (const item of missing)
    for (const line of linesOfItem([budget], item, zone, item.atMs))
      if (line.period.startMs === period.startMs)
        total.set(line.value, (total.get(line.value) ?? 0) + item.used[budget.meter])
  const isMerged = budget.scope === 'requester' && spent.has(OTHERS)
  const corrections: Correction[] = []
  for (const value of new Set([...total.keys(), ...values])) {
    const line = lineOf(budget, period, value)
    const known = buckets.read(line)
    // Requesters beyond the limit of an hour are summed up as one, so that the ledger may lack a part of each.
    const amount = isMerged ? Math.max(total.get(value) ?? 0, known.spent) : (total.get(value) ?? 0)
    const [before, after] = set(buckets, line, amount, isNew, nowMs)
    // What is reserved may have been written, and not been reported yet.
    const difference = Math.abs(after - before)
    const isTold =
      difference > TOLD_SHARE * Math.max(before, after) && difference > reservedOf(known)
    if (isTold && !isNew)
      corrections.push({
        budgetId: budget.id,
        name: budget.name,
        meter: budget.meter,
        value,
        before,
        after,
      })
  }
  return corrections
}

const lineOf = (budget: Budget, period: Period, value: string): Line => ({
  id: lineId(keyOf(budget), period.startMs, value),
  budget,
  value,
  period,
})

function set(
  buckets: Buckets,
  line: Line,
  amount: number,
  isNew: boolean,
  nowMs: number,
): [before: number, after: number] {
  const before = spentOf(buckets.read(line))
  buckets.change(line, (bucket: Bucket) => {
    // A lifetime never ends, so that its owner can say by a change that nothing more will come.
    if (isNew && line.budget.window === 'lifetime') forgetUnaccounted(bucket, nowMs)
    else settleUnaccounted(bucket, amount - bucket.spent, nowMs)
    bucket.spent = amount
    noteBound(bucket, line.budget, nowMs)
  })
  return [before, spentOf(buckets.read(line))]
}
