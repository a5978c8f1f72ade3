import type { Env } from '../../env.ts'

/** KV's free thousand writes a day have to do for an outage of hours, whatever its requests. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 8_000
/** After so long without a write, the next one waits for nobody. */
const CALM_MS = 60_000
/** A key of these is brought in by one statement. */
const MOST_VALUES = 100
/** Somebody else's write has come to nothing by then: its invocation was ended. */
const PATIENCE_MS = 9_500
const LOOK_MS = 250

interface Batch {
  values: unknown[]
  state: 'open' | 'written' | 'failed'
}

interface Place {
  /** Collects what comes until its first request writes it. */
  open: Batch | null
  pauseMs: number
  wroteMs: number
}

/** By the prefix; an isolate's own. */
const places = new Map<string, Place>()

function placeOf(prefix: string): Place {
  const place = places.get(prefix) ?? { open: null, pauseMs: 0, wroteMs: 0 }
  places.set(prefix, place)
  return place
}

/**
 * Keeps values in KV, together with what other requests of this isolate have to keep: one write at once, and then
 * one in every pause, which grow to eight seconds. Resolves once they are written; throws where they are not.
 */
export async function park(
  { TOKENS }: Env,
  prefix: string,
  key: string,
  values: readonly unknown[],
): Promise<void> {
  const place = placeOf(prefix)
  const { open } = place
  const write = (list: readonly unknown[]): Promise<void> =>
    TOKENS.put(prefix + key, JSON.stringify(list))
  if (open && open.values.length + values.length <= MOST_VALUES) {
    open.values.push(...values)
    // A promise of another request's must not be waited for, but what became of its write may be looked at.
    if (await isWritten(open)) return
    return write(values)
  }
  const batch: Batch = { values: [...values], state: 'open' }
  place.open = batch
  await pause(place)
  if (place.open === batch) place.open = null
  try {
    await write(batch.values)
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

async function isWritten(batch: Batch): Promise<boolean> {
  for (let waitedMs = 0; batch.state === 'open' && waitedMs < PATIENCE_MS; waitedMs += LOOK_MS)
    await scheduler.wait(LOOK_MS)
  return batch.state === 'written'
}
