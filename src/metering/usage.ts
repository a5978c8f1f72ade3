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

/** The usage of a request as known so far. Null: not reported (yet). */
export interface Usage {
  responseId: string | null
  model: string | null
  serviceTier: string | null
  /** The counts as xAI reported them so far, part by part. */
  counts: Counts | null
  tokens: Tokens | null
  /** xAI counted input that is not text. */
  hasOtherInput: boolean
  /** xAI's own bill. 0: xAI did not price the request, not that it was free. */
  reportedTicks: number | null
  /** Calls of xAI's server-side tools, by the names of `server_side_tool_usage_details`. */
  toolCalls: Readonly<Record<string, number>> | null
  /** Usage that is billed by the unit. */
  units: BillableUnits | null
  /** The usage of each result of a batch. */
  results: readonly BatchResult[] | null
  /** xAI's id of the async job that goes on after this answer. */
  startedJobId: string | null
  /** The async job that was asked for has ended, with or without a result. */
  jobIsOver: boolean
  /** That job has a result, which is billed. */
  jobIsDone: boolean
  /** The output count was reported before the output was written, so it is too low until reported again. */
  outputIsEarly: boolean
  /** The approximate number of output tokens that have passed. */
  deltas: number
  /** Parts of the answer that have passed as deltas, by their place: an event that repeats one whole adds nothing. */
  parts: ReadonlySet<unknown>
  /** The answer itself has begun, not only reasoning. A model may be silent for minutes before, but hardly after. */
  hasBegun: boolean
  /** The body has the form of the endpoint's answers. */
  isAnswer: boolean
  /** The answer said that it is complete: by a finish reason, or by the usage that follows it. */
  finished: boolean
  error: UpstreamError | null
}

export interface BatchResult {
  /** The caller's id for the request; null: none. xAI's id for the answer, if any, is `usage.responseId`. */
  id: string | null
  usage: Usage
  /** A fingerprint, which differs from those of other results with the same ids. */
  print: string
}

export interface UpstreamError {
  code: string | null
  text: string
}

/** Metering is a fold over what passes: the events of a stream, or the one body of a plain answer. */
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

/** Adds a usage object of chat, responses, embeddings or realtime. */
export const withUsage = (seen: Usage, usage: Json): Usage =>
  withCounts(seen, usage, readCounts(usage))

/**
 * Adds a usage object. Later counts win, but zeros and missing counts do not erase earlier ones: older
 * streams repeat the usage in every chunk, and the bill is only in the last.
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

/** Adds the error if the event is one; the first error stays. */
export const withError = (seen: Usage, event: unknown): Usage => ({
  ...seen,
  error: seen.error ?? readError(event),
})

/** Adds the answer's id and model. */
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
 * xAI's error in any of its shapes: `{code, error: "text"}`, `{error: {message, code}}`, `{error: "text"}`,
 * `{type: "error", message}`. Null: the event is not an error.
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
