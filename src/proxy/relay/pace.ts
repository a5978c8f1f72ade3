import type { Plan } from '../../env.ts'

/** The facts that decide how long a stream may gather before JavaScript looks at it again. */
export interface Pace {
  plan: Plan
  /** Events of this stream so far. */
  events: number
  /** Streams of the isolate that pass through JavaScript, including this one. */
  streams: number
  /** Time since the first byte of this stream. */
  sinceMs: number
}

// A reader waits for the first events: they are passed on at once, as through any proxy.
const AT_ONCE_EVENTS = 4

// Free allows 10 ms of CPU a request, and a look costs about 0.5 ms. Pauses that grow with the stream make
// some twenty looks in its first four seconds, then one a second; after that much of an answer, nobody
// notices a tenth of a second.
const FREE_LEAST_MS = 50
const FREE_MOST_MS = 1_000
const FREE_SHARE = 1 / 4

// Paid has enough CPU for every event, so a few streams are passed on as they come. With many streams, the
// garbage of two turns for each event delays them all: from this number on, a pause delays them less.
const PAID_STREAMS = 16
const PAID_LEAST_MS = 20
const PAID_MOST_MS = 50

const within = (least: number, most: number, value: number): number =>
  Math.min(most, Math.max(least, value))

/**
 * The time for which the runtime gathers a stream before the next look; 0: pass bytes on as they come. The
 * figures are measured: `npm run bench -- proxy`.
 */
export function pauseMs({ plan, events, streams, sinceMs }: Pace): number {
  if (events < AT_ONCE_EVENTS) return 0
  if (plan === 'free') return within(FREE_LEAST_MS, FREE_MOST_MS, sinceMs * FREE_SHARE)
  return streams < PAID_STREAMS ? 0 : within(PAID_LEAST_MS, PAID_MOST_MS, streams)
}
