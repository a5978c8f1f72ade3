import type { AsyncJobKind } from '../../metering/async-job-kinds.ts'
import type { CostBasis } from '../../pricing/price.ts'
import type { BillableUnits } from '../../metering/billable-units.ts'

/** The cost of an async job at xAI, from whichever response had its bill. */
export interface Bill {
  /** xAI's id of the job. */
  id: string
  /** The id that an older deployment used for it. Null: the same. */
  formerId: string | null
  /** Null in messages of an older deployment: the entry's own basis applies. */
  costBasis: CostBasis | null
  costTicks: number | null
  computedTicks: number | null
  savedTicks: number | null
  inputTokens: number | null
  cachedTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
}

/** A job at xAI that outlives the request that began it: a video, a deferred answer, a batch. */
export interface AsyncJob {
  /** The id of the job that this request began. Its bill comes with a later request. */
  starts: string | null
  /** Null in messages of an older deployment. */
  kind: AsyncJobKind | null
  /** The billable units of the request, which the price depends on. */
  pieces: BillableUnits | null
  /** The id of the job that this request asked for. The cost goes to the requester who began it. */
  of: string | null
  /** The job is over: no further bill is expected. */
  isOver: boolean
  /** The bills are of an answer that came before. They count only if that answer broke off. */
  repeats: boolean
  /** Bills in this response. Each counts once, for the first request that brings it. */
  bills: readonly Bill[]
}

export const NO_JOB: AsyncJob = {
  starts: null,
  kind: null,
  pieces: null,
  of: null,
  isOver: false,
  repeats: false,
  bills: [],
}
