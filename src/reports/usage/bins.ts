import { TZDate } from '@date-fns/tz'
import { HOUR_MS } from '../../http/time.ts'

export const FIVE_MINUTES_MS = 300_000
export const INTERVALS = ['5min', 'hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

/** The start of a moment's full hour. */
export const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/**
 * Widens a range to full hours, since sums are kept by the hour. With intervals of five minutes, to five
 * minutes: those are added up from single requests.
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
 * The start of each step of a range; the first is the start of the range. Days are those of the zone, with 23
 * or 25 hours at a clock change. If the zone is off by half an hour, they begin with the full hour before.
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

/** The first full hour after a moment that contains a midnight of the zone. */
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
