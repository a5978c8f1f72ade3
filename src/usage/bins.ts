import { TZDate } from '@date-fns/tz'

export const HOUR_MS = 3_600_000
export const INTERVALS = ['hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

/** The full hour that a moment lies in. */
export const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/** Sums are kept by the full hour: a range is what lies in the hours that it touches. */
export const fullHours = (
  fromMs: number,
  beforeMs: number,
): { fromMs: number; beforeMs: number } => ({
  fromMs: hourOf(fromMs),
  beforeMs: hourOf(beforeMs + HOUR_MS - 1),
})

/**
 * Where each hour or day of a range begins; the range's own beginning first. Days are those of the zone,
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
    startMs = interval === 'hour' ? startMs + HOUR_MS : nextDay(startMs, zone)
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
