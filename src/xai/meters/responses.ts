import { asObject } from '../../metering/counts.ts'
import { textBytesOf } from '../../metering/json/collector.ts'
import { tokensOfBytes, tokensOfDelta } from '../../metering/delta.ts'
import { asString, withError, withIdentity, withUsage, type Usage } from '../../metering/usage.ts'

/** The members kept of a response, or of an event with one, that is too large to be parsed whole. */
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
  'output_index',
  'item_id',
  'item.id',
  'item.type',
  'response.id',
  'response.model',
  'response.status',
  'response.service_tier',
  'response.usage',
  'response.error',
])

// Text comes with one token per delta (600 deltas were 923 − 323 tokens). Reasoning comes as summaries, with
// several tokens per delta: in three recordings, 2.4 to 3.0 characters of a summary were one token.
const SUMMARY_CHARACTERS = 2.6

type Json = Record<string, unknown>

function tokensOf(type: string, delta: unknown): number {
  if (type === 'response.reasoning_summary_text.delta' && typeof delta === 'string')
    return delta.length / SUMMARY_CHARACTERS
  // Sound comes as base64, whose length says nothing about its tokens.
  return type.endsWith('audio.delta') ? 1 : tokensOfDelta(delta)
}

/** Events that end a response. Clients accept `response.done`, too. */
export const TERMINAL: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'response.done',
])

/**
 * Meters `responses`: an event of a stream, or a plain answer. Usage comes only with the terminal event, which
 * repeats the whole response and may have megabytes.
 */
export function responsesMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (!value) return seen
  const type = asString(value['type'])
  const response = asObject(value['response'])
  const isEvent = type?.startsWith('response.') === true
  if (response === null) {
    if (type?.endsWith('.delta'))
      return withPart(seen, value, {
        deltas: seen.deltas + tokensOf(type, value['delta']) + tokensOfLarge(type, value),
        hasBegun: seen.hasBegun || type === 'response.output_text.delta',
        isAnswer: true,
      })
    if (isEvent && isPartDone(type) && !seen.parts.has(partOf(value))) {
      const deltas = seen.deltas + tokensOfWhole(value) + tokensOfLarge(type, value)
      return withPart(seen, value, { deltas, isAnswer: true })
    }
    const next = withResponse(withError(seen, value), value)
    return { ...next, isAnswer: next.isAnswer || isEvent }
  }
  const next = { ...withResponse(seen, response), isAnswer: true }
  if (type === null || !TERMINAL.has(type)) return next
  return { ...withError(next, response), finished: true }
}

const isPartDone = (type: string): boolean => type.endsWith('.done') && !TERMINAL.has(type)

/** The place of the output item that an event belongs to. */
const partOf = (event: Json): unknown =>
  event['output_index'] ?? event['item_id'] ?? asObject(event['item'])?.['id']

function withPart(seen: Usage, event: Json, changed: Partial<Usage>): Usage {
  const part = partOf(event)
  const parts = seen.parts.has(part) ? seen.parts : new Set([...seen.parts, part])
  return { ...seen, ...changed, parts }
}

// Events with text that the model writes. Others hold results, images or encrypted content, and may have megabytes.
const WRITTEN_EVENT = /(?:text|arguments|input|transcript|code|refusal)\.(?:delta|done)$/
const WRITTEN_ITEMS: ReadonlySet<unknown> = new Set([
  'message',
  'function_call',
  'custom_tool_call',
])

/** The tokens of an event that is too large to be parsed whole: it has lost its text, but not its length. */
const tokensOfLarge = (type: string, event: Json): number =>
  WRITTEN_EVENT.test(type) || WRITTEN_ITEMS.has(asObject(event['item'])?.['type'])
    ? tokensOfBytes(textBytesOf(event))
    : 0

/** The tokens of a part that came whole, as tool calls may. */
function tokensOfWhole(event: Json): number {
  const item = asObject(event['item']) ?? event
  const content: unknown[] = Array.isArray(item['content']) ? item['content'] : []
  const texts = [item['arguments'], item['input'], item['text'], ...content.map(textIn)]
  return texts.reduce<number>((sum, text) => sum + tokensOfDelta(text), 0)
}

const textIn = (part: unknown): unknown => asObject(part)?.['text']

/** States that `responses/{id}` reports while the response is still under way. */
const OPEN_STATES: ReadonlySet<unknown> = new Set(['in_progress', 'queued'])

function withResponse(seen: Usage, response: Json): Usage {
  const usage = asObject(response['usage'])
  const output: unknown = response['output']
  const next: Usage = {
    ...withIdentity(seen, response),
    serviceTier: asString(response['service_tier']) ?? seen.serviceTier,
    isAnswer: seen.isAnswer || (Array.isArray(output) ? output.length > 0 : 'output' in response),
    jobIsOver: asString(response['status']) !== null && !OPEN_STATES.has(response['status']),
  }
  return usage ? withUsage(next, usage) : next
}
