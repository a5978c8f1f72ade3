import { asCount, asObject, asQuantity } from '../../metering/counts.ts'
import { isSoundEvent, withSeconds } from './media.ts'
import { responsesMeter } from './responses.ts'
import { withError, type Usage } from '../../metering/usage.ts'

/** A turn of a conversation by voice: billed by the second of sound that xAI says, beside its tokens. */
export function realtimeMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  // Not of this turn: it says that something else was not understood.
  if (value?.['type'] === 'error') return seen
  const next = responsesMeter(seen, event)
  const usage = asObject(asObject(value?.['response'])?.['usage'])
  return withSeconds(next, 'realtimeSecond', usage?.['billable_audio_seconds'])
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
  const seconds = asQuantity(value['duration'])
  const next = { ...seen, finished: true, isAnswer: true }
  // Each channel says it for itself.
  return seconds === null
    ? next
    : withSeconds(next, 'streamedAudioSecond', (seen.units?.count ?? 0) + seconds)
}

/** Text that is to be spoken while it is written, in either member that may hold it. */
export function spokenText(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  const texts = [value?.['delta'], value?.['text']].filter((text) => typeof text === 'string')
  if (texts.length === 0) return seen
  const characters = texts.reduce((sum, text) => sum + Array.from(text).length, 0)
  return {
    ...seen,
    units: { unit: 'character', count: (seen.units?.count ?? 0) + characters },
  }
}

/** What xAI says while it speaks: sound, or that it cannot. */
export function speechMeter(seen: Usage, event: unknown): Usage {
  return isSoundEvent(event) ? { ...seen, finished: true, isAnswer: true } : withError(seen, event)
}
