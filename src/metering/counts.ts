/** The counts of one usage object as xAI reported them; null: not reported. */
export interface Counts {
  /** The whole prompt; in Anthropic's dialect only the tokens neither read from the cache nor written to it. */
  prompt: number | null
  cached: number | null
  /** Anthropic's dialect only: tokens written to the cache. */
  created: number | null
  output: number | null
  reasoning: number | null
  total: number | null
  /** `output` does not include reasoning, as in chat. */
  reasonsBeside: boolean
  /** `prompt` does not include `cached` and `created`, as in Anthropic's dialect. */
  cachedBeside: boolean
  /** A reported number cannot be a count, so nothing can be computed. */
  isAbsurd: boolean
}

/** Token counts with the same meaning for every endpoint: input includes cached, output includes reasoning. */
export interface Tokens {
  input: number
  cached: number
  output: number
  reasoning: number
}

type Json = Record<string, unknown>

// No model reads or writes a thousandth of this, and a million such rows add up to less than 2^53.
const MAX_COUNT = 1_000_000_000
// 100,000 USD for one request: a larger number is not meant as ticks.
const MAX_TICKS = 1_000_000_000_000_000
const NUMERIC = /^\s*\d+(?:\.\d+)?(?:e\+?\d+)?\s*$/i
const TICKS_PER_NANO_USD = 10
// The error of a whole number that was computed with binary fractions.
const ROUNDING = 0.01

export const asObject = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null

/** A number, or a string that is only a number. */
function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMERIC.test(value) ? Number(value) : null
}

/** A whole number from 0 on, as a number or a string; null: it is not one, or implausibly large. */
export const asCount = (value: unknown): number | null => asWhole(asNumber(value), MAX_COUNT)

/** A length of time in seconds, or another quantity that need not be whole; null: not from 0 to MAX_COUNT. */
export function asQuantity(value: unknown): number | null {
  const number = asNumber(value)
  return number !== null && number >= 0 && number <= MAX_COUNT ? number : null
}

function asWhole(number: number | null, most: number): number | null {
  if (number === null) return null
  const whole = Math.round(number)
  return whole >= 0 && whole <= most && Math.abs(number - whole) < ROUNDING ? whole : null
}

/** xAI's own bill in ticks. 0: xAI did not price the request (reference: xAI's Rust client). Null: not reported. */
export function readTicks(usage: Json): number | null {
  const ticks = asWhole(asNumber(usage['cost_in_usd_ticks']), MAX_TICKS)
  if (ticks) return ticks
  const nanoUsd = asNumber(usage['cost_in_nano_usd'])
  return asWhole(nanoUsd === null ? null : nanoUsd * TICKS_PER_NANO_USD, MAX_TICKS) ?? ticks
}

/** A number that cannot be a count. */
const isAbsurd = (value: unknown): boolean => typeof value === 'number' && asCount(value) === null

const hasAbsurd = (...objects: (Json | null)[]): boolean =>
  objects.some((object) => Object.values(object ?? {}).some(isAbsurd))

const firstCount = (from: Json | null, ...names: string[]): number | null => {
  for (const name of names) {
    const count = asCount(from?.[name])
    if (count !== null) return count
  }
  return null
}

const firstObject = (from: Json, ...names: string[]): Json | null => {
  for (const name of names) {
    const object = asObject(from[name])
    if (object) return object
  }
  return null
}

/** The parts of the input; realtime spells it `input_token_details`, without the s. */
const inputDetails = (usage: Json): Json | null =>
  firstObject(usage, 'prompt_tokens_details', 'input_tokens_details', 'input_token_details')

/** A usage object in the dialect of chat, responses, embeddings or realtime. */
export function readCounts(usage: Json): Counts {
  const details = firstObject(
    usage,
    'completion_tokens_details',
    'output_tokens_details',
    'output_token_details',
  )
  const input = inputDetails(usage)
  const chatOutput = asCount(usage['completion_tokens'])
  const output = chatOutput ?? asCount(usage['output_tokens'])
  const cached = firstCount(input, 'cached_tokens')
  const prompt = firstCount(usage, 'prompt_tokens', 'input_tokens')
  // There is no usage without a prompt: next to other counts, a prompt or total of 0 means that it was not counted.
  const isUsed = Boolean(output || cached || prompt)
  const told = (count: number | null): number | null => (isUsed ? count || null : count)
  const total = told(asCount(usage['total_tokens']))
  return {
    // A 0 is kept if the whole prompt may have come from the cache and was counted there.
    prompt: told(prompt) ?? sumOfKinds(input) ?? (cached && total === null ? prompt : null),
    cached,
    created: null,
    output,
    reasoning: firstCount(details, 'reasoning_tokens'),
    total,
    reasonsBeside: chatOutput !== null,
    cachedBeside: false,
    isAbsurd: hasAbsurd(pick(usage, COUNTED), input, details),
  }
}

const COUNTED = [
  'prompt_tokens',
  'input_tokens',
  'completion_tokens',
  'output_tokens',
  'total_tokens',
]

const pick = (from: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, from[name]]))

/** `text_tokens` includes cached tokens, so the kinds add up to the prompt. */
function sumOfKinds(details: Json | null): number | null {
  const text = firstCount(details, 'text_tokens')
  if (text === null) return null
  const others = ['image_tokens', 'audio_tokens'].map((kind) => firstCount(details, kind) ?? 0)
  return others.reduce((sum, count) => sum + count, text)
}

/** xAI counted images or sound in the input. */
export function hasOtherInput(usage: Json): boolean {
  const details = inputDetails(usage)
  return Boolean(firstCount(details, 'image_tokens') || firstCount(details, 'audio_tokens'))
}

/** A usage object in Anthropic's dialect. */
export function readAnthropicCounts(usage: Json): Counts {
  const creation = asObject(usage['cache_creation'])
  const byLifetime = ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens'].map((name) =>
    firstCount(creation, name),
  )
  const created = byLifetime.some((count) => count !== null)
    ? byLifetime.reduce<number>((sum, count) => sum + (count ?? 0), 0)
    : null
  return {
    prompt: firstCount(usage, 'input_tokens'),
    cached: firstCount(usage, 'cache_read_input_tokens'),
    created: firstCount(usage, 'cache_creation_input_tokens') ?? created,
    output: firstCount(usage, 'output_tokens'),
    reasoning: null,
    total: null,
    reasonsBeside: false,
    cachedBeside: true,
    isAbsurd: hasAbsurd(pick(usage, ANTHROPIC_COUNTED)),
  }
}

const ANTHROPIC_COUNTED = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
]

/**
 * Merges part by part: the later count wins, but a zero or an absent part does not erase an earlier count.
 * A total belongs to the parts that it came with.
 */
export function mergeCounts(seen: Counts | null, next: Counts): Counts {
  if (seen === null) return next
  const later = (name: 'prompt' | 'cached' | 'created' | 'output' | 'reasoning'): number | null =>
    next[name] || (seen[name] ?? next[name])
  const isTold = Boolean(next.prompt || next.output)
  return {
    prompt: later('prompt'),
    cached: later('cached'),
    created: later('created'),
    output: later('output'),
    reasoning: later('reasoning'),
    total: next.total || (isTold ? null : seen.total),
    reasonsBeside: next.output ? next.reasonsBeside : seen.reasonsBeside,
    cachedBeside: next.cachedBeside,
    isAbsurd: seen.isAbsurd || next.isAbsurd,
  }
}

/** The input alone, which may be reported before the output. Null: not reported, nor derivable from the other parts. */
export function inputOf(counts: Counts): Pick<Tokens, 'input' | 'cached'> | null {
  const prompt = counts.prompt ?? promptOf(counts)
  if (prompt === null || prompt < 0) return null
  const cached = counts.cached ?? 0
  if (counts.cachedBeside) return { input: prompt + cached + (counts.created ?? 0), cached }
  return { input: cached > prompt ? prompt + cached : prompt, cached }
}

/**
 * Chat leaves reasoning out of `completion_tokens`, responses include it in `output_tokens`, and resellers
 * mix the two, so the total decides, not the endpoint. `cached_tokens` is part of the prompt unless it is
 * larger: then xAI counted it separately. Null: a count is impossible, or a part is missing that the others
 * do not give.
 */
export function tokensOf(counts: Counts): Tokens | null {
  const { total, reasonsBeside } = counts
  const reasoning = counts.reasoning ?? 0
  const known = inputOf(counts)
  if (known === null || counts.isAbsurd) return null
  const { input } = known
  // Embeddings report no output; their total equals the input.
  if (counts.output === null) {
    return total === null || total < input
      ? null
      : { ...known, output: total - input, reasoning: Math.min(reasoning, total - input) }
  }
  const outside = reasonsBeside ? counts.output + reasoning : counts.output
  const output = billedOutput(input, counts.output, reasoning, total ?? input + outside)
  return { ...known, output, reasoning }
}

function promptOf({ output, reasoning, total, reasonsBeside }: Counts): number | null {
  if (total === null || output === null) return null
  return total - output - (reasonsBeside ? (reasoning ?? 0) : 0)
}

function billedOutput(input: number, output: number, reasoning: number, total: number): number {
  if (reasoning > 0 && total === input + output + reasoning) return output + reasoning
  if (total === input + output) return output
  return Math.max(output, total - input)
}
