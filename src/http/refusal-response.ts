import { loggable } from './error-log.ts'
import type { Refusal } from './refusals.ts'
import { toWire } from './messages.ts'
import type { WireError } from './wire-error.ts'

/** The format of an error: OpenAI's, or Anthropic's on `messages`. */
export type Dialect = 'openai' | 'anthropic'

/** Anthropic's error types by status: https://docs.claude.com/en/api/errors */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
}

/** The body of an error in its dialect. Events of a stream have the same. */
export function bodyOf(wire: WireError, dialect: Dialect): { error: object } {
  const { status, message, type, param, code, more } = wire
  if (dialect === 'openai') return { error: { message, type, param: param ?? null, code, ...more } }
  const name = ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return { type: 'error', error: { type: name, message, code, ...more } } as { error: object }
}

/** The SDKs of the dialect turn this format into their error classes, by the status. */
export function refusalResponse(
  refusal: Refusal,
  headers: Record<string, string> = {},
  dialect: Dialect = 'openai',
): Response {
  const wire = toWire(refusal)
  // Without this header the SDKs retry twice, and fail again.
  const retry: Record<string, string> = wire.retry ? {} : { 'x-should-retry': 'false' }
  return Response.json(bodyOf(wire, dialect), {
    status: wire.status,
    headers: { ...wire.headers, ...retry, ...headers },
  })
}

/** A bug in Metrion: the caller gets an ID, and the log gets the error. */
export function unexpectedResponse(
  error: Error,
  path: string,
  dialect: Dialect = 'openai',
): Response {
  const requestId = crypto.randomUUID()
  console.error('unexpected', requestId, path, loggable(error))
  return refusalResponse({ reason: 'internal', requestId }, {}, dialect)
}
