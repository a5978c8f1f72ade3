import type { CostBasis } from '../../pricing/price.ts'
import type { BillableUnits } from '../../metering/billable-units.ts'

/** What a piece of work at xAI has cost, wherever its bill was seen. */
export interface Bill {
  /** As xAI names the work. */
  id: string
  /** As an older deployment named it; null: alike. */
  formerId: string | null
  /** How it is known; null in messages of an older deployment: as the entry says. */
  costBasis: CostBasis | null
  costTicks: number | null
  computedTicks: number | null
  savedTicks: number | null
  inputTokens: number | null
  cachedTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
}

/** `response`: an answer that broke off here, and that xAI may have whole. */
export const WORK_KINDS = ['chat', 'image', 'video', 'batch', 'response'] as const
export type AsyncJobKind = (typeof WORK_KINDS)[number]

/** Work that outlives the request that began it: a video, a deferred answer, a batch. */
export interface Work {
  /** What this request began; the bill comes with another one. */
  starts: string | null
  /** Null in messages of an older deployment. */
  kind: AsyncJobKind | null
  /** What the price depends on, as the request said it. */
  pieces: BillableUnits | null
  /** What this request asked after: its cost belongs to whoever began that. */
  of: string | null
  /** What was asked after is over, so that no bill of it is to be expected any more. */
  isOver: boolean
  /** The bills are those of answers that came before: they count only where such an answer broke off. */
  repeats: boolean
  /** Bills that this request brought. Each counts once, for whichever request brings it first. */
  bills: readonly Bill[]
}

export const NO_JOB: Work = {
  starts: null,
  kind: null,
  pieces: null,
  of: null,
  isOver: false,
  repeats: false,
  bills: [],
}
