import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** What has changed since it was summed up, as the table `stale` has it. */
export interface StaleSums {
  hours: ReadonlySet<number>
  days: ReadonlySet<number>
}

/** Where a part of a range is read: summed up, an hour's own sums, or the requests themselves. */
export interface Span {
  source: 'day' | 'hour' | 'rollup' | 'row'
  /** Which bin it belongs to. */
  bin: number
  startMs: number
  endMs: number
}

/** What has been summed up of what is asked for: days alone, or hours, too. */
export type Summed = 'days' | 'hours'

const LENGTHS_MS = { day: DAY_MS, hour: HOUR_MS, rollup: HOUR_MS } as const

/**
 * The fewest sums that a range can be read from: whole days, then hours, and where those are not summed
 * up, or do not tell apart what is asked for, each hour's own. Every moment is in exactly one piece.
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
