/** An earlier request whose input was all text and was counted by xAI. */
export interface KnownPrompt {
  textBytes: number
  inputTokens: number
}

export interface PromptLimits {
  /** The model's context window; null: not known. */
  contextTokens: number | null
  /** Tokens of the response that this one continues. */
  beforeTokens: number
}

const NO_LIMITS: PromptLimits = { contextTokens: null, beforeTokens: 0 }

// English has about four bytes per token. This leaves out the system prompt that xAI adds.
const TOKENS_PER_BYTE = 0.25
/** The most that xAI may add to a prompt: a lone "hi" had 637 tokens on grok-4.6; this leaves some margin. */
export const MOST_UNSEEN_TOKENS = 1_024
const FEWEST = 3
/** Pairs of prompts closer in length say nothing about the slope: a few tokens of noise would decide it. */
const FEWEST_BYTES_APART = 256

/** The upper median of a list of even length, so that it is one of the values. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** No text has more tokens than bytes, apart from what xAI adds. */
const isPossible = ({ textBytes, inputTokens }: KnownPrompt): boolean =>
  inputTokens > 0 && inputTokens <= textBytes + MOST_UNSEEN_TOKENS

/** No language has more. A higher density is not text alone. */
const MOST_TOKENS_PER_BYTE = 0.5

const densityOf = (known: readonly KnownPrompt[]): number =>
  median(known.map((one) => one.inputTokens / Math.max(one.textBytes, 1)))

/** The median slope of all pairs (Theil–Sen estimator): up to a quarter of the prompts may be outliers. */
function slopeOf(known: readonly KnownPrompt[]): number {
  const slopes: number[] = []
  for (const [index, one] of known.entries())
    for (const other of known.slice(index + 1)) {
      const bytes = other.textBytes - one.textBytes
      if (Math.abs(bytes) >= FEWEST_BYTES_APART)
        slopes.push((other.inputTokens - one.inputTokens) / bytes)
    }
  if (slopes.length >= FEWEST) return median(slopes)
  // All prompts are about as long: use their density, if text without a system prompt can have it.
  const density = densityOf(known)
  return density <= MOST_TOKENS_PER_BYTE ? density : TOKENS_PER_BYTE
}

/** The tokens of this much text, on a line through the known prompts to the model. */
function fit(textBytes: number, known: readonly KnownPrompt[]): number {
  if (known.length < FEWEST) return textBytes * TOKENS_PER_BYTE
  const slope = slopeOf(known)
  const unseen = median(known.map((one) => one.inputTokens - slope * one.textBytes))
  if (slope > 0 && slope <= 1 && unseen >= 0) return unseen + slope * textBytes
  // No such line is plausible: take tokens as proportional to bytes.
  return textBytes * densityOf(known)
}

/**
 * Estimates the input tokens of a prompt. The slope of the line depends on the language and the subject; its
 * intercept is the system prompt that xAI adds. At most one token per byte plus that prompt, and at most the
 * model's context window.
 */
export function estimateInput(
  textBytes: number,
  known: readonly KnownPrompt[],
  { contextTokens, beforeTokens }: PromptLimits = NO_LIMITS,
): number {
  const possible = known.filter(isPossible)
  const text = Math.min(Math.ceil(fit(textBytes, possible)), textBytes + MOST_UNSEEN_TOKENS)
  return Math.min(text + beforeTokens, contextTokens ?? Number.POSITIVE_INFINITY)
}
