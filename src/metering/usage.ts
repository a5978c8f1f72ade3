import type { Pieces } from './pieces.ts'

/** Token counts in one meaning for every endpoint: cached is part of input, reasoning of output. */
export interface Tokens {
  input: number
  cached: number
  output: number
  reasoning: number
}

/** What is known of a request's use so far. `null`: not said (yet). */
export interface Usage {
  responseId: string | null
  model: string | null
  serviceTier: string | null
  tokens: Tokens | null
  /** xAI's own bill. A 0 means that xAI did not price the request, not that it was free. */
  reportedTicks: number | null
  /** Calls of xAI's server-side tools, by the names of `server_side_tool_usage_details`. */
  toolCalls: Readonly<Record<string, number>> | null
  /** What is billed by the piece. */
  pieces: Pieces | null
  /** What each result of a batch has used. */
  results: readonly { id: string; usage: Usage }[] | null
  /** Work that goes on at xAI behind this answer, as xAI names it. */
  startedWork: string | null
  /** About how many tokens of the answer have passed: one for each event with a piece of it. */
  deltas: number
  /** Words of the answer itself have come. A model may be silent for minutes, but hardly after them. */
  hasBegun: boolean
  /** The answer said that it is whole: a finish reason, or the usage that follows it. */
  finished: boolean
  error: UpstreamError | null
}

export interface UpstreamError {
  code: string | null
  text: string
}

/** Metering is a fold over whatever passes: one event of a stream, or the one body of a plain answer. */
export type Meter = (seen: Usage, event: unknown) => Usage

export const NOTHING_USED: Usage = {
  responseId: null,
  model: null,
  serviceTier: null,
  tokens: null,
  reportedTicks: null,
  toolCalls: null,
  pieces: null,
  results: null,
  startedWork: null,
  deltas: 0,
  hasBegun: false,
  finished: false,
  error: null,
}

type Json = Record<string, unknown>

export const asObject = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null
export const asString = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null
export const asCount = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null

/**
 * Takes in a usage object of any of xAI's dialects. The last one wins, whatever came before, save
 * that a usage without a bill does not erase a bill (the older streams repeat usage in every chunk).
 */
export function withUsage(seen: Usage, usage: Json): Usage {
  const ticks = asCount(usage['cost_in_usd_ticks'])
  return {
    ...seen,
    tokens: readTokens(usage) ?? seen.tokens,
    reportedTicks:
      ticks === null || (ticks === 0 && seen.reportedTicks) ? seen.reportedTicks : ticks,
    toolCalls: readToolCalls(usage['server_side_tool_usage_details']) ?? seen.toolCalls,
  }
}

/** Takes in an error, where the event is one; the first stays. */
export const withError = (seen: Usage, event: unknown): Usage => ({
  ...seen,
  error: seen.error ?? readError(event),
})

/** Takes in which answer it is, and of which model. */
export const withIdentity = (seen: Usage, answer: Json): Usage => ({
  ...seen,
  responseId: seen.responseId ?? asString(answer['id']),
  model: asString(answer['model']) ?? seen.model,
})

/**
 * Chat leaves reasoning out of `completion_tokens`, responses count it inside `output_tokens`, and
 * resellers mix the two; so the total decides, not the endpoint. `cached_tokens` is part of the
 * prompt unless it exceeds it, in which case xAI has counted it beside the prompt.
 */
function readTokens(usage: Json): Tokens | null {
  const prompt = asCount(usage['prompt_tokens']) ?? asCount(usage['input_tokens'])
  const chatOutput = asCount(usage['completion_tokens'])
  // Embeddings have input alone, and say so by a total that is no more.
  const none = prompt !== null && asCount(usage['total_tokens']) === prompt ? 0 : null
  const output = chatOutput ?? asCount(usage['output_tokens']) ?? none
  if (prompt === null || output === null) return null

  const inputDetails = asObject(usage['prompt_tokens_details'] ?? usage['input_tokens_details'])
  const outputDetails = asObject(
    usage['completion_tokens_details'] ?? usage['output_tokens_details'],
  )
  const cached = asCount(inputDetails?.['cached_tokens']) ?? 0
  const reasoning = asCount(outputDetails?.['reasoning_tokens']) ?? 0
  const input = cached > prompt ? prompt + cached : prompt
  const outside = chatOutput === null ? output : output + reasoning
  const total = asCount(usage['total_tokens']) ?? input + outside
  return { input, cached, output: billedOutput(input, output, reasoning, total), reasoning }
}

function billedOutput(input: number, output: number, reasoning: number, total: number): number {
  if (reasoning > 0 && total === input + output + reasoning) return output + reasoning
  if (total === input + output) return output
  return Math.max(output, total - input)
}

function readToolCalls(details: unknown): Readonly<Record<string, number>> | null {
  const calls: Record<string, number> = {}
  for (const [name, value] of Object.entries(asObject(details) ?? {})) {
    const count = asCount(value)
    if (count) calls[name] = count
  }
  return Object.keys(calls).length > 0 ? calls : null
}

/**
 * xAI's words where `event` is an error in one of its shapes: `{code, error: "text"}`,
 * `{error: {message, code}}`, `{error: "text"}`, `{type: "error", message}`.
 */
export function readError(event: unknown): UpstreamError | null {
  const body = asObject(event)
  if (!body) return null
  const nested = asObject(body['error'])
  if (nested) {
    const text = asString(nested['message']) ?? JSON.stringify(nested)
    return { code: asString(nested['code']) ?? asString(nested['type']), text }
  }
  const text =
    asString(body['error']) ?? (body['type'] === 'error' ? asString(body['message']) : null)
  return text === null ? null : { code: asString(body['code']), text }
}
