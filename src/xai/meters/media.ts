import { asObject, asQuantity } from '../../metering/counts.ts'
import type { Unit } from '../../metering/billable-units.ts'
import {
  asString,
  withError,
  withIdentity,
  withUsage,
  type Meter,
  type Usage,
} from '../../metering/usage.ts'

/** Members of answers: an answer has at least one of its list. */
const VECTORS = ['data']
const COMPACTED = ['output']
const DOCUMENTS = ['matches', 'results']
// The reference does not document the format of sound with timestamps.
const SOUND = ['audio', 'audio_base64', 'audio_content', 'timestamps']
const TRANSCRIPT = ['text', 'duration']
const BATCH = ['batch_id']
const IMAGES = ['data', 'url', 'request_id']
const VIDEO = ['video', 'url', 'request_id']
const STATE = ['status']

/** The members kept of answers too large to be parsed whole. Images of megabytes are noted, but not kept. */
export const MEDIA_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'model',
  'usage',
  'error',
  'code',
  ...[VECTORS, COMPACTED, DOCUMENTS, SOUND, TRANSCRIPT, BATCH, IMAGES, VIDEO, STATE].flat(),
])

/** Meters an answer that is one JSON object with usage and at least one member of `content`. */
const answerWith =
  (content: readonly string[]): Meter =>
  (seen, body) => {
    const value = asObject(body)
    if (!value) return seen
    const usage = asObject(value['usage'])
    const known = withError(withIdentity(seen, value), value)
    // An error may have a `status`, too. With an error, only items in `data` make it an answer.
    const isAnswer =
      known.error === null ? content.some((name) => name in value) : hasItems(value['data'])
    const next = { ...known, isAnswer: known.isAnswer || isAnswer }
    return usage ? withUsage(next, usage) : next
  }

const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0

export const embeddingsMeter = answerWith(VECTORS)
export const compactMeter = answerWith(COMPACTED)
export const searchMeter = answerWith(DOCUMENTS)

const soundAnswer = answerWith(SOUND)

/** An event of the speech socket that brings sound. */
export const isSoundEvent = (event: unknown): boolean =>
  asString(asObject(event)?.['type'])?.startsWith('audio.') === true

/** Meters sound in JSON, or in the events of a socket. */
export function soundMeter(seen: Usage, event: unknown): Usage {
  const next = soundAnswer(seen, event)
  return isSoundEvent(event) ? { ...next, isAnswer: true, finished: true } : next
}

const NAMES = ['id', 'file_id', 'voice_id'] as const
export const NAMED_MEMBERS: ReadonlySet<string> = new Set(NAMES)

/** Reads only the id of an upload. */
export const namedMeter: Meter = (seen, body) => {
  const value = asObject(body)
  const name = NAMES.map((one) => asString(value?.[one])).find((one) => one !== null)
  return { ...seen, responseId: name ?? seen.responseId }
}

/** Meters any answer; its place in the page of results says what it belongs to. */
export const plainMeter = answerWith([])

/** Images and videos may be made in an async job; the answer then has only the job's id. */
const startWith = (content: readonly string[]): Meter => {
  const meter = answerWith(content)
  return (seen, body) => {
    const value = asObject(body)
    // Images that are too large to be kept still count as present.
    const isKept = !value || !('data' in value) || value['data'] !== undefined
    const isHere = Boolean(value?.['usage']) || hasItems(value?.['data']) || !isKept
    return {
      ...meter(seen, body),
      startedJobId: isHere ? null : asString(value?.['request_id']),
    }
  }
}

export const imagesMeter = startWith(IMAGES)
export const startVideoMeter = startWith(VIDEO)

const batchAnswer = answerWith(BATCH)

/** A batch is an async job; `batch_id` is its id. */
export const batchMeter = (seen: Usage, body: unknown): Usage => ({
  ...batchAnswer(seen, body),
  startedJobId: asString(asObject(body)?.['batch_id']),
})

const FAILED: ReadonlySet<unknown> = new Set(['failed', 'expired'])

const resultAnswer = answerWith([...IMAGES, ...VIDEO, ...STATE])

/** Meters the state of an async image or video job. */
export function resultMeter(seen: Usage, body: unknown): Usage {
  const status = asObject(body)?.['status']
  const next = resultAnswer(seen, body)
  const isDone = status === 'done' || next.tokens !== null || Boolean(next.reportedTicks)
  return { ...next, jobIsDone: isDone, jobIsOver: isDone || FAILED.has(status) }
}

/** A video's length is final only when its status is `done`; before, it is only the progress. */
export function videoMeter(seen: Usage, body: unknown): Usage {
  const value = asObject(body)
  const next = resultMeter(seen, body)
  const seconds = asObject(value?.['video'])?.['duration']
  return value?.['status'] === 'done' ? withSeconds(next, 'videoSecond', seconds) : next
}

const transcriptAnswer = answerWith(TRANSCRIPT)

/** A transcript reports the length of the sound. */
export const transcriptMeter = (seen: Usage, body: unknown): Usage =>
  withSeconds(transcriptAnswer(seen, body), 'audioSecond', asObject(body)?.['duration'])

/** Adds a length of time that is billed by the second, if `seconds` is one. */
export function withSeconds(seen: Usage, unit: Unit, seconds: unknown): Usage {
  const count = asQuantity(seconds)
  return count === null ? seen : { ...seen, units: { unit, count } }
}
