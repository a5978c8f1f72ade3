import { CONVERSATION } from './conversation.ts'
import type { Endpoint } from '../xai/endpoint.ts'

// The caller's headers that xAI gets. All others stay here: cookies, forwarded-for, cf-*, x-metrion-*, and
// every credential except the one that is set anew.
const REQUEST_HEADERS = new Set(['content-type', 'accept', 'user-agent', 'x-client-request-id'])
/** Forwarded only if the answer is not metered: a part of a metered answer would lack the bill. */
const PARTIAL_HEADERS = ['range', 'if-range'] as const
const REQUEST_PREFIXES = ['x-grok-', 'anthropic-', 'xai-sdk-']

// The headers of xAI's answer that the caller gets: no cookies, nothing about the connection to xAI.
const RESPONSE_HEADERS = new Set([
  'content-type',
  'cache-control',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-request-id',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'etag',
  'last-modified',
  'x-zero-data-retention',
  'x-data-retention',
])
const RESPONSE_PREFIXES = ['x-ratelimit-', 'x-metrics-']

/** Every header that a response may have of its own. A web page sees only those that are listed for it (CORS). */
export const RESPONSE_NAMES: readonly string[] = [
  ...RESPONSE_HEADERS,
  ...['limit-requests', 'remaining-requests', 'limit-tokens', 'remaining-tokens'].map(
    (name) => `x-ratelimit-${name}`,
  ),
  ...['ttft-ms', 'e2e-ms', 'mean-itl-ms'].map((name) => `x-metrics-${name}`),
  ...['requests', 'tokens', 'concurrent'].flatMap((kind) =>
    ['limit', 'remaining', 'reset'].map((part) => `x-metrion-ratelimit-${part}-${kind}`),
  ),
  ...['limit', 'remaining', 'reset'].map((part) => `ratelimit-${part}`),
  'x-metrion-request-id',
  'server-timing',
  'allow',
]

/**
 * Headers by name. A plain object, because the runtime makes its own `Headers` of it anyway, and each
 * `Headers` that JavaScript sees is one more for the garbage collector.
 */
export type PlainHeaders = Record<string, string>

function pick(
  from: Headers,
  names: ReadonlySet<string>,
  prefixes: readonly string[],
): PlainHeaders {
  const picked: PlainHeaders = {}
  from.forEach((value, name) => {
    if (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) picked[name] = value
  })
  return picked
}

const JSON_TYPE = 'application/json'
const IS_JSON = /^\s*application\/(?:[\w.!#$&^-]+\+)?json\s*(?:;|$)/i

/** `conversation`: the id to send for the caller; null: none. */
export function upstreamHeaders(
  request: Headers,
  apiKey: string,
  { takesJson, meter, socket }: Pick<Endpoint, 'takesJson' | 'meter' | 'socket'>,
  { hasBody, conversation }: { hasBody: boolean; conversation: string | null },
): PlainHeaders {
  const headers = pick(request, REQUEST_HEADERS, REQUEST_PREFIXES)
  headers['authorization'] = `Bearer ${apiKey}`
  if (conversation !== null) headers[CONVERSATION] = conversation
  // xAI answers 415 to JSON without a JSON content type, and curl's default type is not JSON.
  if (takesJson && hasBody && !IS_JSON.test(headers['content-type'] ?? ''))
    headers['content-type'] = JSON_TYPE
  if (meter === null)
    for (const name of PARTIAL_HEADERS) {
      const value = request.get(name)
      if (value !== null) headers[name] = value
    }
  // A compressed stream could not be read, or passed on event by event.
  headers['accept-encoding'] = 'identity'
  if (socket) {
    headers['upgrade'] = 'websocket'
    const others = offeredProtocols(request).filter((name) => secretIn(name) === null)
    if (others.length > 0) headers[PROTOCOLS] = others.join(', ')
  }
  return headers
}

const PROTOCOLS = 'sec-websocket-protocol'

// Browsers cannot set headers for a WebSocket: xAI's and OpenAI's clients send the key as a protocol.
const SECRET_PROTOCOLS = ['xai-client-secret.', 'openai-insecure-api-key.']

/** The key in a protocol's name; null: an ordinary protocol. */
export function secretIn(protocol: string): string | null {
  const prefix = SECRET_PROTOCOLS.find((one) => protocol.startsWith(one))
  return prefix === undefined ? null : protocol.slice(prefix.length)
}

export const offeredProtocols = (request: Headers): string[] =>
  (request.get(PROTOCOLS) ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** A browser closes the connection if none of the protocols that it offered is accepted. */
export function socketHeaders(request: Headers, upstream: Headers, id: string): PlainHeaders {
  const headers = callerHeaders(upstream, id)
  const offered = offeredProtocols(request)
  const plain = offered.find((name) => secretIn(name) === null)
  const taken = upstream.get(PROTOCOLS) ?? plain ?? offered[0]
  if (taken !== undefined) headers[PROTOCOLS] = taken
  return headers
}

/**
 * `id`: of the row to come. Proxied answers have the dashboard's origin. So a browser must neither guess an
 * executable type (https://fetch.spec.whatwg.org/#x-content-type-options-header) nor run what xAI or a model
 * wrote, and no shared cache may keep an answer for somebody else.
 */
export function callerHeaders(upstream: Headers, id: string): PlainHeaders {
  const headers = pick(upstream, RESPONSE_HEADERS, RESPONSE_PREFIXES)
  headers['x-metrion-request-id'] = id
  headers['x-content-type-options'] = 'nosniff'
  headers['content-security-policy'] = 'sandbox'
  headers['cache-control'] = privately(headers['cache-control'])
  return headers
}

/** The cache-control of xAI's answer, restricted to the caller's own cache. */
function privately(said: string | undefined): string {
  const own = (said ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !/^(public|s-maxage|proxy-)/i.test(directive))
  const isPrivate = own.some((directive) => /^(private|no-store)$/i.test(directive))
  return own.length === 0 ? 'no-store' : [...(isPrivate ? [] : ['private']), ...own].join(', ')
}
