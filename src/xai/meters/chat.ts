import { asObject } from '../../metering/counts.ts'
import { textBytesOf } from '../../metering/json/collector.ts'
import { tokensOfBytes, tokensOfDelta } from '../../metering/delta.ts'
import { asString, readError, withIdentity, withUsage, type Usage } from '../../metering/usage.ts'

/** The members kept of a chat answer that is too large to be parsed whole. */
export const CHAT_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'model',
  'service_tier',
  'usage',
  'error',
  'code',
  'request_id',
  'choices',
])

/** Meters `chat/completions` and `completions`: a chunk of a stream, or a plain answer (reference: xAI's OpenAPI). */
export function chatMeter(seen: Usage, event: unknown): Usage {
  const chunk = asObject(event)
  if (!chunk) return seen
  const usage = asObject(chunk['usage'])

  // `deferred: true` is answered with only the id of the deferred answer.
  const requestId = asString(chunk['request_id'])
  if (requestId !== null && !('choices' in chunk) && !usage)
    return { ...seen, startedJobId: requestId, isAnswer: true }

  // One copy per event and no lists, because there are hundreds of events a second.
  const next = withIdentity(seen, chunk)
  next.error ??= readError(chunk)
  next.serviceTier = asString(chunk['service_tier']) ?? seen.serviceTier
  next.finished ||= isUsageOnly(chunk)
  const choices: unknown = chunk['choices']
  // Choices that are too large to be kept still count as an answer.
  next.isAnswer ||= Array.isArray(choices) ? choices.length > 0 : 'choices' in chunk
  next.jobIsDone = next.isAnswer
  if (!Array.isArray(choices)) next.deltas += tokensOfBytes(textBytesOf(chunk))
  // Usage in an error is final: nothing follows.
  next.finished ||= usage !== null && readError(chunk) !== null
  for (const one of Array.isArray(choices) ? choices : []) {
    const choice = asObject(one)
    next.deltas += tokensOfChoice(choice)
    next.hasBegun ||= carriesAnswer(choice)
    next.finished ||= asString(choice?.['finish_reason']) !== null
  }
  return usage ? withUsage(next, usage) : next
}

type Choice = Record<string, unknown> | null

function tokensOfChoice(choice: Choice): number {
  const delta = asObject(choice?.['delta'])
  if (delta === null) return tokensOfDelta(choice?.['text'])
  const calls: unknown = delta['tool_calls']
  let tokens = tokensOfDelta(delta['content']) + tokensOfDelta(delta['reasoning_content'])
  for (const call of Array.isArray(calls) ? calls : []) {
    const called = asObject(asObject(call)?.['function'])
    tokens += Math.max(1, tokensOfDelta(called?.['arguments']))
  }
  return tokens + tokensOfDelta(asObject(delta['function_call'])?.['arguments'])
}

function carriesAnswer(choice: Choice): boolean {
  const delta = asObject(choice?.['delta'])
  return Boolean(
    delta ? delta['content'] || delta['tool_calls'] || delta['function_call'] : choice?.['text'],
  )
}

const hasAny = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : Boolean(value)

/**
 * The event that is hidden from a caller that did not ask for usage. An event that also carries citations,
 * files or an error is not hidden: the caller would have received it anyway.
 */
export function isUsageOnly(event: unknown): boolean {
  const chunk = asObject(event)
  if (!chunk || !asObject(chunk['usage']) || hasAny(chunk['choices'])) return false
  return !hasAny(chunk['citations']) && !hasAny(chunk['output_files']) && !readError(chunk)
}
