// What a caller's request may tell xAI. Everything else stays here: cookies, forwarded-for, cf-*,
// x-metrion-*, and every credential but the one that is set anew.
const REQUEST_HEADERS = ['content-type', 'accept', 'user-agent', 'x-client-request-id']
const REQUEST_PREFIXES = ['x-grok-', 'anthropic-', 'xai-sdk-']

// What xAI's answer may tell the caller: no cookies, nothing about the connection it came by.
const RESPONSE_HEADERS = [
  'content-type',
  'cache-control',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'x-request-id',
  'x-zero-data-retention',
  'x-data-retention',
]
const RESPONSE_PREFIXES = ['x-ratelimit-', 'x-metrics-']

function pick(from: Headers, names: readonly string[], prefixes: readonly string[]): Headers {
  const picked = new Headers()
  for (const [name, value] of from) {
    if (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)))
      picked.set(name, value)
  }
  return picked
}

export function upstreamHeaders(request: Headers, apiKey: string): Headers {
  const headers = pick(request, REQUEST_HEADERS, REQUEST_PREFIXES)
  headers.set('authorization', `Bearer ${apiKey}`)
  // A compressed stream could be neither read nor passed on event by event.
  headers.set('accept-encoding', 'identity')
  return headers
}

export function callerHeaders(upstream: Headers): Headers {
  return pick(upstream, RESPONSE_HEADERS, RESPONSE_PREFIXES)
}
