import {
  asCount,
  asObject,
  hasOtherInput,
  mergeCounts,
  readCounts,
  readTicks,
  tokensOf,
  type Counts,
  type Tokens,
} from './counts.ts'
import type { BillableUnits } from './billable-units.ts'

/** What is known of a request's use so far. `null`: not said (yet). */
export interface Usage {
  responseId: string | null
  model: string | null
  serviceTier: string | null
  /** As xAI told them so far, part by part. */
  counts: Counts | null
  tokens: Tokens | null
  /** xAI counted something in the input that is no text. */
  hasOtherInput: boolean
  /** xAI's own bill. A 0 means that xAI did not price the request, not that it was free. */
  reportedTicks: number | null
  /** Calls of xAI's server-side tools, by the names of `server_side_tool_usage_details`. */
  toolCalls: Readonly<Record<string, number>> | null
  /** What is billed by the piece. */
  units: BillableUnits | null
  /** What each result of a batch has used. */
  results: readonly BatchResult[] | null
  /** Work that goes on at xAI behind this answer, as xAI names it. */
  startedJobId: string | null
  /** The work that was asked after is over, whether it came to anything or not. */
  jobIsOver: boolean
  /** It has come to something, which is billed. */
  jobIsDone: boolean
  /** The output was told before it was written: it is more by now, unless it is told again. */
  outputIsEarly: boolean
  /** About how many tokens of the answer have passed. */
  deltas: number
  /** Parts of the answer that have passed in deltas, by their place: what then repeats them whole is not new. */
  parts: ReadonlySet<unknown>
  /** Words of the answer itself have come. A model may be silent for minutes, but hardly after them. */
  hasBegun: boolean
  /** What came has the form of the endpoint's answers. */
  isAnswer: boolean
  /** The answer said that it is whole: a finish reason, or the usage that follows it. */
  finished: boolean
  error: UpstreamError | null
}

export interface BatchResult {
  /** The caller's name for it, and xAI's for its answer; either may be missing. */
  id: string | null
  usage: Usage
  /** Tells it from others of the same names. */
  print: string
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
  counts: null,
  tokens: null,
  hasOtherInput: false,
  reportedTicks: null,
  toolCalls: null,
  units: null,
  results: null,
  startedJobId: null,
  jobIsOver: false,
  jobIsDone: false,
  outputIsEarly: false,
  deltas: 0,
  parts: new Set(),
  hasBegun: false,
  isAnswer: false,
  finished: false,
  error: null,
}

type Json = Record<string, unknown>

export const asString = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null

/** Takes in a usage object of chat, responses, embeddings or realtime. */
export const withUsage = (seen: Usage, usage: Json): Usage =>
  withCounts(seen, usage, readCounts(usage))

/**
 * Takes in a usage object: what is told later wins, and neither zeros nor gaps erase what was told before
 * (the older streams repeat usage in every chunk, the bill in the last alone).
 */
export function withCounts(seen: Usage, usage: Json, told: Counts): Usage {
  const counts = mergeCounts(seen.counts, told)
  const tokens = tokensOf(counts) ?? (counts.isAbsurd ? null : seen.tokens)
  const ticks = readTicks(usage)
  return {
    ...seen,
    counts,
    tokens,
    hasOtherInput: seen.hasOtherInput || hasOtherInput(usage),
    reportedTicks: ticks || (seen.reportedTicks ?? ticks),
    toolCalls: readToolCalls(seen.toolCalls, usage['server_side_tool_usage_details']),
    isAnswer: seen.isAnswer || Boolean(ticks) || isRealUse(tokens),
  }
}

const isRealUse = (tokens: Tokens | null): boolean =>
  tokens !== null && tokens.input + tokens.output > 0

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

function readToolCalls(
  seen: Usage['toolCalls'],
  details: unknown,
): Readonly<Record<string, number>> | null {
  const calls: Record<string, number> = { ...seen }
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
    if (Object.keys(nested).length === 0) return null
    const text = asString(nested['message']) ?? JSON.stringify(nested)
    return { code: asString(nested['code']) ?? asString(nested['type']), text }
  }
  const text =
    asString(body['error']) ?? (body['type'] === 'error' ? asString(body['message']) : null)
  return text === null ? null : { code: asString(body['code']), text }
}
