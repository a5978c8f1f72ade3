import { TZDate } from '@date-fns/tz'
import { HOUR_MS } from '../../http/time.ts'

export const FIVE_MINUTES_MS = 300_000
export const INTERVALS = ['5min', 'hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

/** The full hour that a moment lies in. */
export const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/**
 * Sums are kept by the full hour: a range is what lies in the hours that it touches. Five minutes are
 * added up from the requests themselves.
 */
export function fitRange(
  fromMs: number,
  beforeMs: number,
  interval?: Interval,
): { fromMs: number; beforeMs: number } {
  const stepMs = interval === '5min' ? FIVE_MINUTES_MS : HOUR_MS
  const floor = (ms: number): number => ms - (ms % stepMs)
  return { fromMs: floor(fromMs), beforeMs: floor(beforeMs + stepMs - 1) }
}

const STEPS_MS = { '5min': FIVE_MINUTES_MS, hour: HOUR_MS } as const

/**
 * Where each step of a range begins; the range's own beginning first. Days are those of the zone,
 * of 23 or 25 hours where its clocks change; where it is off by half an hour, they begin with the full
 * hour before.
 */
export function binStarts(
  fromMs: number,
  beforeMs: number,
  interval: Interval,
  zone: string,
): number[] {
  const starts: number[] = []
  let startMs = fromMs
  while (startMs < beforeMs) {
    starts.push(startMs)
    startMs = interval === 'day' ? nextDay(startMs, zone) : startMs + STEPS_MS[interval]
  }
  return starts
}

/** The full hour with the next midnight in it that lies behind a moment. */
function nextDay(ms: number, zone: string): number {
  const local = new TZDate(ms, zone)
  for (let days = 1; ; days++) {
    const midnight = new TZDate(
      local.getFullYear(),
      local.getMonth(),
      local.getDate() + days,
      zone,
    ).getTime()
    if (hourOf(midnight) > ms) return hourOf(midnight)
  }
}
