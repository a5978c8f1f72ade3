import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** The hours and days that have changed since they were summed up (table `unfolded`). */
export interface StaleSums {
  hours: ReadonlySet<number>
  days: ReadonlySet<number>
}

/** A part of a range, and its source: the summary of a day or an hour, the hour's own sums (`rollup`), or rows. */
export interface Span {
  source: 'day' | 'hour' | 'rollup' | 'row'
  /** The bin that it belongs to. */
  bin: number
  startMs: number
  endMs: number
}

/** The summaries that tell apart what a query asks for: only those of days, or those of hours, too. */
export type Summed = 'days' | 'hours'

const LENGTHS_MS = { day: DAY_MS, hour: HOUR_MS, rollup: HOUR_MS } as const

/** A range whose last hour is cut: the hours before it, and the requests of that hour up to the end. */
export function planCut(
  starts: readonly number[],
  endMs: number,
  stale: StaleSums,
  summed: Summed,
): Span[] {
  const cutMs = endMs - (endMs % HOUR_MS)
  return [
    ...planSpans(starts, cutMs, stale, summed),
    { source: 'row', bin: starts.findLastIndex((ms) => ms <= cutMs), startMs: cutMs, endMs },
  ]
}

/**
 * The fewest sums that a range can be read from: whole days, then hours. An hour's own sums are read if it has
 * changed since it was summed up, or its summary does not tell apart what is asked for. Every moment is in
 * exactly one span.
 */
export function planSpans(
  starts: readonly number[],
  beforeMs: number,
  stale: StaleSums,
  summed: Summed,
): Span[] {
  const spans: Span[] = []
  for (const [bin, startMs] of starts.entries()) {
    const endMs = starts[bin + 1] ?? beforeMs
    for (let ms = startMs; ms < endMs;) {
      const source = sourceOf(ms, endMs, stale, summed)
      const after = ms + LENGTHS_MS[source]
      spans.push({ source, bin, startMs: ms, endMs: after })
      ms = after
    }
  }
  return spans
}

type Summable = Exclude<Span['source'], 'row'>

function sourceOf(ms: number, endMs: number, { hours, days }: StaleSums, summed: Summed): Summable {
  if (ms % DAY_MS === 0 && ms + DAY_MS <= endMs && !days.has(ms)) return 'day'
  return summed === 'days' || hours.has(ms) ? 'rollup' : 'hour'
}
