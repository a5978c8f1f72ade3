import { asCount, asObject, asQuantity } from '../../metering/counts.ts'
import { isSoundEvent, withSeconds } from './media.ts'
import { responsesMeter } from './responses.ts'
import { withError, type Usage } from '../../metering/usage.ts'

/** A turn of a voice conversation: billed by the seconds of sound that xAI reports next to the tokens. */
export function realtimeMeter(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  // Not part of this turn: xAI did not understand some other event.
  if (value?.['type'] === 'error') return seen
  const next = responsesMeter(seen, event)
  const usage = asObject(asObject(value?.['response'])?.['usage'])
  return withSeconds(next, 'realtimeSecond', usage?.['billable_audio_seconds'])
}

/** Each text that a caller sends into a voice conversation is billed. */
export function textInputs(seen: Usage, event: unknown): Usage {
  const item = asObject(asObject(event)?.['item'])
  const content = Array.isArray(item?.['content']) ? item['content'].map(asObject) : []
  const texts = content.filter((part) => part?.['type'] === 'input_text').length
  if (texts === 0) return seen
  const before = asCount(seen.toolCalls?.[TEXT_INPUTS]) ?? 0
  return { ...seen, toolCalls: { ...seen.toolCalls, [TEXT_INPUTS]: before + texts } }
}

const TEXT_INPUTS = 'realtime_text_inputs'

/** A live transcript reports the length of the sound at its end. */
export function liveTranscript(seen: Usage, event: unknown): Usage {
  const value = asObject(event)
  if (value?.['type'] === 'transcript.partial') return { ...seen, deltas: seen.deltas + 1 }
  if (value?.['type'] !== 'transcript.done') return withError(seen, event)
  const seconds = asQuantity(value['duration'])
  const next = { ...seen, finished: true, isAnswer: true }
  // Each channel reports its own length.
  return seconds === null
    ? next
    : withSeconds(next, 'streamedAudioSecond', (seen.units?.count ?? 0) + seconds)
}

/** Counts text to be spoken, in either of the members that may hold it. */
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

/** Meters xAI's events of the speech socket: sound, or an error. */
export function speechMeter(seen: Usage, event: unknown): Usage {
  return isSoundEvent(event) ? { ...seen, finished: true, isAnswer: true } : withError(seen, event)
}
