import { asObject, asString, withError, withIdentity, withUsage, type Usage } from './usage.ts'

/** The members of a response, and of an event that carries one, where it is too large to be parsed. */
export const RESPONSE_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'model',
  'service_tier',
  'usage',
  'error',
  'code',
  'message',
  'response.id',
  'response.model',
  'response.service_tier',
  'response.usage',
  'response.error',
])

// Text comes a token a delta (600 deltas were 923 − 323 tokens). Reasoning is told in summaries, several
// tokens a delta: in three recordings 2.4 to 3.0 characters of it stood for a token.
const SUMMARY_CHARACTERS = 2.6

const tokensOf = (type: string, delta: unknown): number =>
  type === 'response.reasoning_summary_text.delta' && typeof delta === 'string'
    ? delta.length / SUMMARY_CHARACTERS
    : 1

/** Nothing follows them. Clients accept `done`, too. */
const TERMINAL = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.done',
])

/**
 * Meters `responses`: an event of the stream, or the plain answer. Usage stands in the terminal event
 * alone, which repeats the whole response and may have megabytes.
 */
export function responsesMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (!value) return seen
  const type = asString(value['type'])
  const response = asObject(value['response'])
  if (response === null) {
    if (type?.endsWith('.delta'))
      return {
        ...seen,
        deltas: seen.deltas + tokensOf(type, value['delta']),
        hasBegun: seen.hasBegun || type === 'response.output_text.delta',
      }
    return withResponse(withError(seen, value), value)
  }
  const next = withResponse(seen, response)
  if (type === null || !TERMINAL.has(type)) return next
  return { ...withError(next, response), finished: true }
}

function withResponse(seen: Usage, response: Record<string, unknown>): Usage {
  const usage = asObject(response['usage'])
  const next: Usage = {
    ...withIdentity(seen, response),
    serviceTier: asString(response['service_tier']) ?? seen.serviceTier,
  }
  return usage ? withUsage(next, usage) : next
}
