import { responsesMeter } from './responses.ts'
import { asCount, asObject, type Usage } from './usage.ts'

/** A turn of a conversation by voice: billed by the second of sound that xAI says, beside its tokens. */
export function realtimeMeter(seen: Usage, event: unknown): Usage {
  const next = responsesMeter(seen, event)
  const usage = asObject(asObject(asObject(event)?.['response'])?.['usage'])
  const seconds = usage?.['billable_audio_seconds']
  return typeof seconds === 'number' && seconds >= 0
    ? { ...next, pieces: { unit: 'realtimeSecond', count: seconds } }
    : next
}

/** Text that a caller puts into a conversation by voice is billed by the piece. */
export function textInputs(seen: Usage, event: unknown): Usage {
  const item = asObject(asObject(event)?.['item'])
  const content = Array.isArray(item?.['content']) ? item['content'].map(asObject) : []
  const texts = content.filter((part) => part?.['type'] === 'input_text').length
  if (texts === 0) return seen
  const before = asCount(seen.toolCalls?.[TEXT_INPUTS]) ?? 0
  return { ...seen, toolCalls: { ...seen.toolCalls, [TEXT_INPUTS]: before + texts } }
}

const TEXT_INPUTS = 'realtime_text_inputs'

/** A transcript that is made while it is spoken says in the end how long that was. */
export function liveTranscript(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (value?.['type'] !== 'transcript.done') return responsesMeter(seen, event)
  const seconds = value['duration']
  if (typeof seconds !== 'number' || seconds < 0) return { ...seen, finished: true }
  // Each channel says it for itself.
  const count = (seen.pieces?.count ?? 0) + seconds
  return { ...seen, finished: true, pieces: { unit: 'streamedAudioSecond', count } }
}

/** Text that is to be spoken while it is written. */
export function spokenText(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  const text = value?.['delta'] ?? value?.['text']
  if (typeof text !== 'string') return seen
  const count = (seen.pieces?.count ?? 0) + Array.from(text).length
  return { ...seen, finished: true, pieces: { unit: 'character', count } }
}
