import { asObject } from './counts.ts'
import { tokensOfDelta } from './delta.ts'
import { asString, withError, withIdentity, withUsage, type Usage } from './usage.ts'

/** The members of a response, and of an event that carries one, where it is too large to be parsed. */
export const RESPONSE_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'model',
  'status',
  'service_tier',
  'usage',
  'error',
  'code',
  'message',
  'output',
  'response.id',
  'response.model',
  'response.status',
  'response.service_tier',
  'response.usage',
  'response.error',
])

// Text comes a token a delta (600 deltas were 923 − 323 tokens). Reasoning is told in summaries, several
// tokens a delta: in three recordings 2.4 to 3.0 characters of it stood for a token.
const SUMMARY_CHARACTERS = 2.6

function tokensOf(type: string, delta: unknown): number {
  if (type === 'response.reasoning_summary_text.delta' && typeof delta === 'string')
    return delta.length / SUMMARY_CHARACTERS
  // Sound comes as base64, of which nothing can be told.
  return type.endsWith('audio.delta') ? 1 : tokensOfDelta(delta)
}

/** Nothing follows them. Clients accept `done`, too. */
export const TERMINAL: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
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
  const isEvent = type?.startsWith('response.') === true
  if (response === null) {
    if (type?.endsWith('.delta'))
      return {
        ...seen,
        deltas: seen.deltas + tokensOf(type, value['delta']),
        hasBegun: seen.hasBegun || type === 'response.output_text.delta',
        isAnswer: true,
      }
    const next = withResponse(withError(seen, value), value)
    return { ...next, isAnswer: next.isAnswer || isEvent }
  }
  const next = { ...withResponse(seen, response), isAnswer: true }
  if (type === null || !TERMINAL.has(type)) return next
  return { ...withError(next, response), finished: true }
}

/** It is under way: `responses/{id}` answers so while it is. */
const OPEN_STATES: ReadonlySet<unknown> = new Set(['in_progress', 'queued'])

function withResponse(seen: Usage, response: Record<string, unknown>): Usage {
  const usage = asObject(response['usage'])
  const output: unknown = response['output']
  const next: Usage = {
    ...withIdentity(seen, response),
    serviceTier: asString(response['service_tier']) ?? seen.serviceTier,
    isAnswer: seen.isAnswer || (Array.isArray(output) ? output.length > 0 : 'output' in response),
    workIsOver: asString(response['status']) !== null && !OPEN_STATES.has(response['status']),
  }
  return usage ? withUsage(next, usage) : next
}
