import type { Plan } from '../../env.ts'

/** What decides how long a stream may gather before JavaScript looks at it again. */
export interface Pace {
  plan: Plan
  /** Of this stream, so far. */
  events: number
  /** Streams of the isolate that pass through JavaScript, this one included. */
  streams: number
  /** Since the first byte of this stream. */
  sinceMs: number
}

// The first words are what a reader waits for: they come as fast as through any proxy.
const AT_ONCE_EVENTS = 4

// Free allows 10 ms of CPU a request, and a look costs about half a millisecond. Pauses that grow with the
// stream make some twenty looks in its first four seconds, and one a second after that; nobody reads by
// the tenth of a second in an answer that has been coming for that long.
const FREE_LEAST_MS = 50
const FREE_MOST_MS = 1_000
const FREE_SHARE = 1 / 4

// Paid has CPU enough for every event, so that a few streams are passed on as they come. With many, it is
// V8's garbage of two turns an event that delays them all: from here on a pause makes them later by less.
const PAID_STREAMS = 16
const PAID_LEAST_MS = 20
const PAID_MOST_MS = 50

const within = (least: number, most: number, value: number): number =>
  Math.min(most, Math.max(least, value))

/**
 * How long a stream is left to the runtime, which gathers what comes, before the next look; 0: what comes is
 * passed on at once. The figures are measured: `npm run bench -- proxy`.
 */
export function pauseMs({ plan, events, streams, sinceMs }: Pace): number {
  if (events < AT_ONCE_EVENTS) return 0
  if (plan === 'free') return within(FREE_LEAST_MS, FREE_MOST_MS, sinceMs * FREE_SHARE)
  return streams < PAID_STREAMS ? 0 : within(PAID_LEAST_MS, PAID_MOST_MS, streams)
}
