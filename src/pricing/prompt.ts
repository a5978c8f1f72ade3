/** A request whose input xAI has counted, and whose input was all text. */
export interface KnownPrompt {
  textBytes: number
  inputTokens: number
}

/** What bounds an estimate. */
export interface PromptLimits {
  /** The most that the model takes; null: not known. */
  contextTokens: number | null
  /** Of the response that this one continues. */
  beforeTokens: number
}

const NO_LIMITS: PromptLimits = { contextTokens: null, beforeTokens: 0 }

// English has some four bytes a token; what xAI puts before every prompt is not known here.
const TOKENS_PER_BYTE = 0.25
/** Of a lone "hi", 637 tokens were seen on grok-4.6: so much, and some more, xAI may put before a prompt. */
const MOST_UNSEEN_TOKENS = 1_024
const FEWEST = 3
/** Prompts that differ by less say nothing of the slope: their own few tokens of chance would be all of it. */
const FEWEST_BYTES_APART = 256

/** Above the middle of a list of an even length, so that it is one of the values. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** No text has more tokens than bytes, however much xAI puts before it. */
const isPossible = ({ textBytes, inputTokens }: KnownPrompt): boolean =>
  inputTokens > 0 && inputTokens <= textBytes + MOST_UNSEEN_TOKENS

/** No language has more; what is above is not text alone. */
const MOST_TOKENS_PER_BYTE = 0.5

const densityOf = (known: readonly KnownPrompt[]): number =>
  median(known.map((one) => one.inputTokens / Math.max(one.textBytes, 1)))

/** The median slope of all pairs (Theil and Sen): up to a quarter of the prompts may be anything. */
function slopeOf(known: readonly KnownPrompt[]): number {
  const slopes: number[] = []
  for (const [index, one] of known.entries())
    for (const other of known.slice(index + 1)) {
      const bytes = other.textBytes - one.textBytes
      if (Math.abs(bytes) >= FEWEST_BYTES_APART)
        slopes.push((other.inputTokens - one.inputTokens) / bytes)
    }
  if (slopes.length >= FEWEST) return median(slopes)
  // All are about as long: their own density, if it can be that of text without anything before it.
  const density = densityOf(known)
  return density <= MOST_TOKENS_PER_BYTE ? density : TOKENS_PER_BYTE
}

/** Tokens of so much text, by a line through what is known of the model. */
function fit(textBytes: number, known: readonly KnownPrompt[]): number {
  if (known.length < FEWEST) return textBytes * TOKENS_PER_BYTE
  const slope = slopeOf(known)
  const unseen = median(known.map((one) => one.inputTokens - slope * one.textBytes))
  if (slope > 0 && slope <= 1 && unseen >= 0) return unseen + slope * textBytes
  // Where no such line makes sense, longer text is more tokens in proportion.
  return textBytes * densityOf(known)
}

/**
 * About how many tokens so much text is: the slope of the line is the language and what it is asked about,
 * its height the system prompt that xAI adds unseen. Never more than a token a byte and that prompt, nor
 * than the model takes.
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
