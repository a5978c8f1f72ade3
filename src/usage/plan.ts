import { HOUR_MS } from './bins.ts'

const DAY_MS = 24 * HOUR_MS

/** What has changed since it was summed up, as the table `unfolded` has it. */
export interface Unfolded {
  hours: ReadonlySet<number>
  days: ReadonlySet<number>
}

/** Where a part of a range is read: summed up by the day or the hour, or an hour's own sums. */
export interface Piece {
  source: 'day' | 'hour' | 'rollup'
  /** Which bin it belongs to. */
  bin: number
  fromMs: number
  beforeMs: number
}

/**
 * The fewest sums that a range can be read from: whole days, then hours, and where those are not summed
 * up, or do not tell apart what is asked for, each hour's own. Every moment is in exactly one piece.
 */
export function planPieces(
  starts: readonly number[],
  beforeMs: number,
  unfolded: Unfolded,
  useSummaries: boolean,
): Piece[] {
  const pieces: Piece[] = []
  for (const [bin, startMs] of starts.entries()) {
    const endMs = starts[bin + 1] ?? beforeMs
    let fromMs = startMs
    while (fromMs < endMs) {
      const source = useSummaries ? sourceOf(fromMs, endMs, unfolded) : 'rollup'
      const nextMs = fromMs + (source === 'day' ? DAY_MS : HOUR_MS)
      const last = pieces.at(-1)
      // An hour's own sums are read hour by hour, so that a requester's are one step away in each.
      if (last?.source === source && last.bin === bin && source !== 'rollup') last.beforeMs = nextMs
      else pieces.push({ source, bin, fromMs, beforeMs: nextMs })
      fromMs = nextMs
    }
  }
  return pieces
}

function sourceOf(ms: number, endMs: number, { hours, days }: Unfolded): Piece['source'] {
  if (ms % DAY_MS === 0 && ms + DAY_MS <= endMs && !days.has(ms)) return 'day'
  return hours.has(ms) ? 'rollup' : 'hour'
}
