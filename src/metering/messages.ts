import {
  asCount,
  asObject,
  asString,
  readError,
  withIdentity,
  type Tokens,
  type Usage,
} from './usage.ts'

/** The members of a message, and of an event that carries one. */
export const MESSAGE_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'model',
  'usage',
  'error',
  'stop_reason',
])

/**
 * Meters `messages`, Anthropic's dialect: usage comes with `message_start`, and what is known better by
 * then with `message_delta`. xAI reports no cost here.
 */
export function messagesMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (!value) return seen
  const error = readError(value)
  if (error) return { ...seen, error: seen.error ?? error }
  switch (value['type']) {
    case 'message_start':
      return withMessage(seen, asObject(value['message']) ?? {})
    case 'content_block_delta':
      return {
        ...seen,
        deltas: seen.deltas + 1,
        hasBegun: seen.hasBegun || asObject(value['delta'])?.['type'] === 'text_delta',
      }
    case 'message_delta': {
      const ended = asString(asObject(value['delta'])?.['stop_reason']) !== null
      return {
        ...seen,
        tokens: readTokens(seen.tokens, asObject(value['usage'])),
        finished: seen.finished || ended,
      }
    }
    case 'message_stop':
      return { ...seen, finished: true }
    default:
      return withMessage(seen, value)
  }
}

function withMessage(seen: Usage, message: Record<string, unknown>): Usage {
  return {
    ...withIdentity(seen, message),
    tokens: readTokens(seen.tokens, asObject(message['usage'])),
  }
}

/** Here `input_tokens` leaves out what came from the cache and what went into it. */
function readTokens(seen: Tokens | null, usage: Record<string, unknown> | null): Tokens | null {
  if (usage === null) return seen
  const fresh = asCount(usage['input_tokens'])
  const cached = asCount(usage['cache_read_input_tokens']) ?? seen?.cached ?? 0
  const created = asCount(usage['cache_creation_input_tokens']) ?? 0
  const input = fresh === null ? seen?.input : fresh + cached + created
  const output = asCount(usage['output_tokens']) ?? seen?.output
  if (input === undefined || output === undefined) return seen
  return { input, cached: Math.min(cached, input), output, reasoning: seen?.reasoning ?? 0 }
}
