import { asObject, asString, withError, withIdentity, withUsage, type Usage } from './usage.ts'

/** Of answers with images, which may have megabytes: what they are is not kept. */
export const MEDIA_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'model',
  'usage',
  'error',
  'code',
  'request_id',
  'status',
  'duration',
  'video',
  'batch_id',
])

/** Meters an answer that is one JSON object with its usage: embeddings, images, compacted responses. */
export function plainMeter(seen: Usage, body: unknown): Usage {
  const value = asObject(body)
  if (!value) return seen
  const usage = asObject(value['usage'])
  const next = withError(withIdentity(seen, value), value)
  return usage ? withUsage(next, usage) : next
}

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

/** A video says how long it is once it is done; before that it has only come so far. */
export function videoMeter(seen: Usage, body: unknown): Usage {
  const value = asObject(body)
  const next = plainMeter(seen, body)
  const seconds = asObject(value?.['video'])?.['duration']
  return value?.['status'] === 'done' && typeof seconds === 'number' && seconds >= 0
    ? { ...next, pieces: { unit: 'videoSecond', count: seconds } }
    : next
}

/** A transcript says how long the sound was. */
export function transcriptMeter(seen: Usage, body: unknown): Usage {
  const next = plainMeter(seen, body)
  const seconds = asObject(body)?.['duration']
  return typeof seconds === 'number' && seconds >= 0
    ? { ...next, pieces: { unit: 'audioSecond', count: seconds } }
    : next
}
