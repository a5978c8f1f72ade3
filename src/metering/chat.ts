import { asObject, asString, readError, withIdentity, withUsage, type Usage } from './usage.ts'

/** The members of a chat answer that matter where it is too large to be parsed whole. */
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

/** Meters `chat/completions` and `completions`: a chunk of the stream or the plain answer (reference: xAI's OpenAPI). */
export function chatMeter(seen: Usage, event: unknown): Usage {
  const chunk = asObject(event)
  if (!chunk) return seen
  const usage = asObject(chunk['usage'])
  const error = readError(chunk)
  if (error) {
    const failed = { ...seen, error: seen.error ?? error }
    return usage ? withUsage(failed, usage) : failed
  }

  // `deferred: true` is answered with the name of the work, and nothing else.
  const requestId = asString(chunk['request_id'])
  if (requestId !== null && !('choices' in chunk) && !usage)
    return { ...seen, startedWork: requestId }

  // One copy an event, and no lists: there are hundreds of events a second.
  const next = withIdentity(seen, chunk)
  next.serviceTier = asString(chunk['service_tier']) ?? seen.serviceTier
  next.finished ||= isUsageOnly(chunk)
  const choices: unknown = chunk['choices']
  for (const one of Array.isArray(choices) ? choices : []) {
    const choice = asObject(one)
    if (carriesOutput(choice)) next.deltas++
    next.hasBegun ||= carriesAnswer(choice)
    next.finished ||= asString(choice?.['finish_reason']) !== null
  }
  return usage ? withUsage(next, usage) : next
}

type Choice = Record<string, unknown> | null

function carriesOutput(choice: Choice): boolean {
  return carriesAnswer(choice) || Boolean(asObject(choice?.['delta'])?.['reasoning_content'])
}

function carriesAnswer(choice: Choice): boolean {
  const delta = asObject(choice?.['delta'])
  return Boolean(delta ? delta['content'] || delta['tool_calls'] : choice?.['text'])
}

/**
 * The one event that is hidden from a caller who did not ask for usage. One that also carries
 * citations or files is something the caller would have seen anyway.
 */
export function isUsageOnly(event: unknown): boolean {
  const chunk = asObject(event)
  if (!chunk || !asObject(chunk['usage'])) return false
  if (!Array.isArray(chunk['choices']) || chunk['choices'].length > 0) return false
  return !chunk['citations'] && !chunk['output_files'] && !chunk['error']
}
