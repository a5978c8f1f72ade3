import { asObject, readAnthropicCounts } from '../../metering/counts.ts'
import { textBytesOf } from '../../metering/json/collector.ts'
import { tokensOfBytes, tokensOfDelta } from '../../metering/delta.ts'
import { asString, readError, withCounts, withIdentity, type Usage } from '../../metering/usage.ts'

/** The members kept of a message, or of an event, that is too large to be parsed whole. */
export const MESSAGE_MEMBERS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'model',
  'usage',
  'error',
  'stop_reason',
  'content',
  'delta',
  'content_block.type',
  'message.id',
  'message.model',
  'message.usage',
])

/**
 * Meters `messages`, Anthropic's dialect: usage comes with `message_start`, and `message_delta` updates it.
 * xAI reports no cost here.
 */
export function messagesMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (!value) return seen
  const type = value['type']
  const failed = { ...seen, error: seen.error ?? readError(value) }
  if (type === 'error') return withMessageUsage(failed, value)
  switch (type) {
    case 'message_start': {
      const next = withMessage({ ...failed, isAnswer: true }, asObject(value['message']) ?? {})
      return { ...next, outputIsEarly: true }
    }
    case 'content_block_start':
      return withBlock(failed, asObject(value['content_block']), textBytesOf(value))
    case 'content_block_delta': {
      const delta = asObject(value['delta'])
      const told = delta?.['text'] ?? delta?.['thinking'] ?? delta?.['partial_json']
      return {
        ...failed,
        // A delta that is too large to be parsed whole has lost its text, but not its length.
        deltas: failed.deltas + tokensOfDelta(told) + tokensOfBytes(textBytesOf(value)),
        hasBegun: failed.hasBegun || delta?.['type'] === 'text_delta',
        isAnswer: true,
      }
    }
    case 'message_delta': {
      const ended = asString(asObject(value['delta'])?.['stop_reason']) !== null
      const next = withMessageUsage(failed, value)
      const isTold = readAnthropicCounts(asObject(value['usage']) ?? {}).output
      return {
        ...next,
        finished: next.finished || ended,
        isAnswer: true,
        outputIsEarly: next.outputIsEarly && !isTold,
      }
    }
    case 'message_stop':
      return { ...failed, finished: true, isAnswer: true }
    default:
      return withMessage(failed, value)
  }
}

/** Blocks that the model writes; others hold results of tools. */
const WRITTEN: ReadonlySet<unknown> = new Set(['text', 'thinking', 'tool_use', 'server_tool_use'])

/** A block may come whole: its text, or the input of a tool. */
function withBlock(seen: Usage, block: Record<string, unknown> | null, textBytes: number): Usage {
  const input = asObject(block?.['input'])
  const isWhole = input !== null && Object.keys(input).length > 0
  const tokens =
    tokensOfDelta(block?.['text']) + (isWhole ? tokensOfDelta(JSON.stringify(input)) : 0)
  const large = WRITTEN.has(block?.['type']) ? tokensOfBytes(textBytes) : 0
  return { ...seen, deltas: seen.deltas + tokens + large, isAnswer: true }
}

const withMessageUsage = (seen: Usage, message: Record<string, unknown>): Usage => {
  const usage = asObject(message['usage'])
  return usage ? withCounts(seen, usage, readAnthropicCounts(usage)) : seen
}

function withMessage(seen: Usage, message: Record<string, unknown>): Usage {
  const content: unknown = message['content']
  const next = withMessageUsage(withIdentity(seen, message), message)
  // Content that is too large to be kept still counts as an answer.
  const hasContent = Array.isArray(content) ? content.length > 0 : 'content' in message
  return { ...next, isAnswer: next.isAnswer || hasContent }
}
