import { PLAIN_MS, STREAM_MS } from './measured.ts'
import type { Plan } from './plans.ts'
import type { Traffic } from './traffic.ts'

/** CPU in JavaScript of a stream, from the measured points on either side. */
export function streamMs(kind: keyof typeof STREAM_MS, events: number): number {
  const points: readonly (readonly [number, number])[] = STREAM_MS[kind]
  const after = Math.max(
    1,
    points.findIndex(([at]) => at >= events),
  )
  const at = events > points.at(-1)![0] ? points.length - 1 : after
  const [x0, y0] = points[at - 1]!
  const [x1, y1] = points[at]!
  return Math.max(PLAIN_MS, y0 + ((events - x0) / (x1 - x0)) * (y1 - y0))
}

/** CPU of an average request, and of one that is longer than 99 of a hundred: a stream that hides usage, where some do. */
export function cpuMs(traffic: Traffic, plan: Plan): { mean: number; long: number } {
  const { streamedShare, askingShare, eventsAStream: events, eventsOfLongStreams } = traffic
  const unasked = plan === 'free' ? 'hidden' : 'atOnce'
  const stream =
    askingShare * streamMs('asked', events) + (1 - askingShare) * streamMs(unasked, events)
  return {
    mean: streamedShare * stream + (1 - streamedShare) * PLAIN_MS,
    long:
      streamedShare === 0
        ? PLAIN_MS
        : streamMs(askingShare === 1 ? 'asked' : unasked, eventsOfLongStreams),
  }
}

/** How many events a stream may have within Free's CPU of a request. */
export function eventsWithin(kind: keyof typeof STREAM_MS, limitMs: number): number {
  let events = 0
  while (streamMs(kind, events + 50) <= limitMs) events += 50
  return events
}
