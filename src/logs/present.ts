import type * as z from 'zod'
import { decimalUsd } from '../web/format.ts'
import type { requestAnswer } from './answer.ts'
import type { RequestRow } from './store.ts'

export type PresentedRequest = z.output<typeof requestAnswer>
export type TokenNames = ReadonlyMap<string, string>

/** A request as the API tells it. Money in ticks and as a decimal of USD, times in milliseconds. */
export function presentRequest(row: RequestRow, tokenNames: TokenNames): PresentedRequest {
  return {
    id: row.id,
    at: new Date(row.atMs).toISOString(),
    endpoint: row.endpoint,
    mode: row.mode,
    status: row.status,
    outcome: row.outcome,
    streamed: row.streamed,
    label: row.label,
    token: { id: row.tokenId, name: tokenNames.get(row.tokenId) ?? null },
    requestedModel: row.requestedModel,
    model: row.model,
    redirected: row.redirected,
    inputTokens: row.inputTokens,
    cachedTokens: row.cachedTokens,
    outputTokens: row.outputTokens,
    reasoningTokens: row.reasoningTokens,
    toolCalls: row.toolCalls,
    costTicks: row.costTicks,
    costUsd: row.costTicks === null ? null : decimalUsd(row.costTicks),
    costBasis: row.costBasis,
    computedTicks: row.computedTicks,
    savedTicks: row.savedTicks,
    ownMs: row.ownMs,
    firstByteMs: row.firstByteMs,
    totalMs: row.totalMs,
    errorCode: row.errorCode,
    errorText: row.errorText,
    responseId: row.responseId,
    upstreamRequestId: row.upstreamRequestId,
    colo: row.colo,
    times: row.times,
  }
}

type Cell = string | number | boolean | null

/** The columns of the CSV, in order. */
const CSV: Readonly<Record<string, (request: PresentedRequest) => Cell>> = {
  id: (request) => request.id,
  at: (request) => request.at,
  requester: (request) => request.label,
  token: (request) => request.token.name,
  token_id: (request) => request.token.id,
  endpoint: (request) => request.endpoint,
  mode: (request) => request.mode,
  requested_model: (request) => request.requestedModel,
  model: (request) => request.model,
  redirected: (request) => request.redirected,
  status: (request) => request.status,
  outcome: (request) => request.outcome,
  streamed: (request) => request.streamed,
  input_tokens: (request) => request.inputTokens,
  cached_tokens: (request) => request.cachedTokens,
  output_tokens: (request) => request.outputTokens,
  reasoning_tokens: (request) => request.reasoningTokens,
  tool_calls: (request) => request.toolCalls && JSON.stringify(request.toolCalls),
  cost_usd: (request) => request.costUsd,
  cost_ticks: (request) => request.costTicks,
  cost_basis: (request) => request.costBasis,
  computed_ticks: (request) => request.computedTicks,
  saved_ticks: (request) => request.savedTicks,
  own_ms: (request) => request.ownMs,
  first_byte_ms: (request) => request.firstByteMs,
  total_ms: (request) => request.totalMs,
  error_code: (request) => request.errorCode,
  error_text: (request) => request.errorText,
  response_id: (request) => request.responseId,
  upstream_request_id: (request) => request.upstreamRequestId,
  colo: (request) => request.colo,
  times: (request) => request.times,
}

export const CSV_HEAD = `${Object.keys(CSV).join(',')}\r\n`

export const toCsvLine = (request: PresentedRequest): string =>
  `${Object.values(CSV)
    .map((read) => csvCell(read(request)))
    .join(',')}\r\n`

export const toNdjsonLine = (request: PresentedRequest): string => `${JSON.stringify(request)}\n`

/**
 * What a spreadsheet takes for a formula, at the beginning of a cell and behind whatever else may separate
 * cells where it is set up so; the full-width forms count, too.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA =
  /^(?=[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20])|(?<=[,;|\t\r\n])(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g
const QUOTED = /[",;|\t\r\n]/

function csvCell(value: Cell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  // Callers choose labels and models.
  const text = value.replaceAll(FORMULA, "'")
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
