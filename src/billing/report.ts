import type { Compared, Coverage } from './compare.ts'
import type { Unsure } from './ledger-store.ts'
import type { Invoice } from './xai/invoice.ts'

/** An hour and model where xAI's bill and the ledger differ. Where sums are kept by day alone: a day. */
export interface Gap extends Compared {
  isDay: boolean
  /** Rows of that hour and model whose cost is not xAI's own. Null: not counted, or the rows are gone. */
  rows: Unsure | null
  /** What requests with keys of callers cost in that hour: one of them may be the same key. */
  passThroughTicks: number
}

/** Spent with other keys of the team, in the time that is compared. */
export interface Past {
  ticks: number
  byModel: readonly { model: string; ticks: number }[]
  passThroughTicks: number
}

export interface Group<K> {
  key: K
  coverage: Coverage
  /** The names of the model. */
  names: readonly string[]
}

/** xAI's bill beside the ledger. Days are UTC's, as xAI's. */
export interface BillReport {
  fromMs: number
  beforeMs: number
  /** The first hour that is compared, if that is not the first of its day: the key was saved then. */
  sinceMs: number | null
  /** Days of which xAI cut its answer short: they are left out. */
  cutDays: readonly number[]
  unreadDays: readonly number[]
  /** What xAI has not reported yet: hours in which the ledger has costs. They are left out. */
  unreported: { hours: number; ticks: number }
  /** What xAI took back in an hour, in ticks: no hour of the ledger has it. */
  correctedTicks: number
  total: Coverage
  days: readonly Group<number>[]
  models: readonly Group<string>[]
  /** The largest first. */
  gaps: readonly Gap[]
  /** Gaps that are not listed. */
  moreGaps: number
  past: Past
  invoice: Invoice | null
  /** Null: there is no prepaid credit, or it was not read yet. `endsAtMs` null: nothing is spent, or not for years. */
  credit: { ticks: number; aDayTicks: number; endsAtMs: number | null } | null
}
