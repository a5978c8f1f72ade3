import type { Compared, Coverage } from './compare.ts'
import type { Unsure } from './ledger-store.ts'
import type { Invoice } from './xai/invoice.ts'

/** An hour and model where xAI's bill and the ledger differ. */
export interface Gap extends Compared {
  /** Rows of that hour whose cost is not xAI's own. Null: not counted. */
  rows: Unsure | null
}

/** Spent with other keys of the team. */
export interface Past {
  ticks: number
  byModel: readonly { model: string; ticks: number }[]
  /** What requests in pass-through mode cost by the ledger, with whatever keys. */
  passThroughTicks: number
}

/** xAI's bill beside the ledger. Days are UTC's, as xAI's. */
export interface BillReport {
  fromMs: number
  beforeMs: number
  /** Hours before the account's key was saved are left out. */
  isSinceKey: boolean
  /** Days of which xAI cut its answer short: they are left out. */
  cutDays: readonly number[]
  unreadDays: readonly number[]
  total: Coverage
  days: readonly { key: number; coverage: Coverage }[]
  models: readonly { key: string; coverage: Coverage }[]
  /** The largest first. */
  gaps: readonly Gap[]
  /** Gaps that are not listed. */
  moreGaps: number
  past: Past
  invoice: Invoice | null
  /** Null: there is no prepaid credit, or it was not read yet. */
  credit: { ticks: number; aDayTicks: number; endsAtMs: number | null } | null
}
