import { asObject, asQuantity } from './counts.ts'
import type { Unit } from './pieces.ts'
import { asString, withError, withIdentity, withUsage, type Usage } from './usage.ts'

/** What an answer with images, sound, vectors or documents consists of; one of them at least. */
const CONTENT = [
  'data',
  'output',
  'matches',
  'results',
  'text',
  'duration',
  'video',
  'url',
  'status',
  'request_id',
  'batch_id',
]

/** Of answers with images, which may have megabytes: what they are is not kept. */
export const MEDIA_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'model',
  'usage',
  'error',
  'code',
  ...CONTENT,
])

/** Meters an answer that is one JSON object with its usage: embeddings, images, compacted responses. */
export function plainMeter(seen: Usage, body: unknown): Usage {
  const value = asObject(body)
  if (!value) return seen
  const usage = asObject(value['usage'])
  const known = withError(withIdentity(seen, value), value)
  // An error may say its status, too: then it takes more than that.
  const isAnswer =
    known.error === null ? CONTENT.some((name) => name in value) : hasItems(value['data'])
  const next = { ...known, isAnswer: known.isAnswer || isAnswer }
  return usage ? withUsage(next, usage) : next
}

const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** Images and videos may be made behind the answer, which then has the name of that work alone. */
export const startMeter = (seen: Usage, body: unknown): Usage => ({
  ...plainMeter(seen, body),
  startedWork: asObject(body)?.['usage'] ? null : asString(asObject(body)?.['request_id']),
})

/** A batch is work, by the name that it is given. */
export const batchMeter = (seen: Usage, body: unknown): Usage => ({
  ...plainMeter(seen, body),
  startedWork: asString(asObject(body)?.['batch_id']),
})

const FAILED: ReadonlySet<unknown> = new Set(['failed', 'expired'])

/** What became of images that are made behind the answer. */
export function resultMeter(seen: Usage, body: unknown): Usage {
  const status = asObject(body)?.['status']
  const next = plainMeter(seen, body)
  const isOver = FAILED.has(status) || status === 'done' || next.tokens !== null
  return { ...next, workIsOver: isOver || Boolean(next.reportedTicks) }
}

/** A video says how long it is once it is done; before that it has only come so far. */
export function videoMeter(seen: Usage, body: unknown): Usage {
  const value = asObject(body)
  const next = resultMeter(seen, body)
  const seconds = asObject(value?.['video'])?.['duration']
  return value?.['status'] === 'done' ? withSeconds(next, 'videoSecond', seconds) : next
}

/** A transcript says how long the sound was. */
export const transcriptMeter = (seen: Usage, body: unknown): Usage =>
  withSeconds(plainMeter(seen, body), 'audioSecond', asObject(body)?.['duration'])

/** Takes in a length of time that is billed by the second, where it is one. */
export function withSeconds(seen: Usage, unit: Unit, seconds: unknown): Usage {
  const count = asQuantity(seconds)
  return count === null ? seen : { ...seen, pieces: { unit, count } }
}
