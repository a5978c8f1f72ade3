import type { Env } from '../../env.ts'

/** KV Free allows a thousand writes a day. They have to last for hours of outage at any request rate. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000
/** After this long without a write, the next one does not wait. */
const CALM_MS = 60_000
/** Values per key; one statement writes them. */
const MOST_VALUES = 100
/** If the owner of a batch has not written it by then, its invocation was ended. */
const PATIENCE_MS = 9_500
/** The time limit for the write of the request that takes over. */
const WRITE_MS = 4_500
const LOOK_MS = 250

interface Batch {
  values: unknown[]
  sinceMs: number
  state: 'open' | 'writing' | 'written' | 'failed'
}

interface Place {
  /** The batch that still accepts values; its first request writes it. */
  open: Batch | null
  pauseMs: number
  wroteMs: number
}

/** By prefix. Local to the isolate. */
const places = new Map<string, Place>()

function placeOf(prefix: string): Place {
  const place = places.get(prefix) ?? { open: null, pauseMs: 0, wroteMs: 0 }
  places.set(prefix, place)
  return place
}

/**
 * Keeps values in KV, batched with those of other requests in this isolate: the first write at once, then one per
 * pause. Pauses grow to eight seconds. Resolves once the values are written; throws if they are not.
 */
export async function keepInOutbox(
  { TOKENS }: Env,
  prefix: string,
  key: string,
  values: readonly unknown[],
): Promise<void> {
  const place = placeOf(prefix)
  const write = (batch: Batch): Promise<void> => writeBatch(TOKENS, place, batch, prefix + key)
  const { open } = place
  if (open && isAlive(open) && open.values.length + values.length <= MOST_VALUES) {
    open.values.push(...values)
    return joined(open, write)
  }
  const batch: Batch = { values: [...values], sinceMs: Date.now(), state: 'open' }
  place.open = batch
  await pause(place)
  // Another request may have taken the batch over.
  return batch.state === 'open' ? write(batch) : joined(batch, write)
}

/** Whether the owner may still write the batch. An owner whose invocation was ended cannot say so. */
const isAlive = ({ sinceMs }: Batch): boolean => Date.now() - sinceMs < LONGEST_PAUSE_MS

async function writeBatch(
  kv: KVNamespace,
  place: Place,
  batch: Batch,
  name: string,
): Promise<void> {
  batch.state = 'writing'
  if (place.open === batch) place.open = null
  try {
    await kv.put(name, JSON.stringify(batch.values))
    batch.state = 'written'
  } catch (error) {
    batch.state = 'failed'
    throw error
  }
}

async function pause(place: Place): Promise<void> {
  const isCalm = Date.now() - place.wroteMs > CALM_MS
  place.pauseMs = isCalm
    ? 0
    : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, place.pauseMs * 2))
  place.wroteMs = Date.now() + place.pauseMs
  if (place.pauseMs > 0) await scheduler.wait(place.pauseMs)
}

/**
 * A request must not await another request's promise, but it may poll the state of its write. The first to find the
 * owner gone writes the batch.
 */
async function joined(batch: Batch, write: (batch: Batch) => Promise<void>): Promise<void> {
  const looks = (ms: number): Promise<void> => lookUntil(batch, Math.ceil(ms / LOOK_MS))
  await looks(PATIENCE_MS)
  if (batch.state === 'open') return write(batch)
  await looks(WRITE_MS)
  if (batch.state !== 'written') throw new Error('what others wrote to KV for all has failed')
}

async function lookUntil(batch: Batch, looks: number): Promise<void> {
  for (let left = looks; left > 0; left--) {
    if (batch.state === 'written' || batch.state === 'failed') return
    await scheduler.wait(LOOK_MS)
  }
}
