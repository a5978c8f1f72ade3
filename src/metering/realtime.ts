import { responsesMeter } from './responses.ts'
import { asCount, asObject, asString, withError, type Usage } from './usage.ts'

/** A turn of a conversation by voice: billed by the second of sound that xAI says, beside its tokens. */
export function realtimeMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  // Not of this turn: it says that something else was not understood.
  if (value?.['type'] === 'error') return seen
  const next = responsesMeter(seen, event)
  const texts = seen.toolCalls?.[TEXT_INPUTS]
  const toolCalls = texts ? { ...next.toolCalls, [TEXT_INPUTS]: texts } : next.toolCalls
  const seconds = asObject(asObject(value?.['response'])?.['usage'])?.['billable_audio_seconds']
  return typeof seconds === 'number' && seconds >= 0
    ? { ...next, toolCalls, pieces: { unit: 'realtimeSecond', count: seconds } }
    : { ...next, toolCalls }
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
  if (value?.['type'] === 'transcript.partial') return { ...seen, deltas: seen.deltas + 1 }
  if (value?.['type'] !== 'transcript.done') return withError(seen, event)
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
  return { ...seen, pieces: { unit: 'character', count } }
}

/** What xAI says while it speaks: sound, or that it cannot. */
export function speechMeter(seen: Usage, event: unknown): Usage {
  const isSound = asString(asObject(event)?.['type'])?.startsWith('audio.') === true
  return isSound ? { ...seen, finished: true } : withError(seen, event)
}
