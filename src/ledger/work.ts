/** What a piece of work at xAI has cost, wherever its bill was seen. */
export interface Bill {
  /** As xAI names the work. */
  id: string
  costTicks: number | null
  computedTicks: number | null
  savedTicks: number | null
  inputTokens: number | null
  cachedTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
}

/** Work that outlives the request that began it: a video, a deferred answer, a batch. */
export interface Work {
  /** What this request began; the bill comes with another one. */
  starts: string | null
  /** What this request asked after: its cost belongs to whoever began that. */
  of: string | null
  /** Bills that this request brought. Each counts once, for whichever request brings it first. */
  bills: readonly Bill[]
}
