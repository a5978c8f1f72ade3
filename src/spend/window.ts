import { TZDate } from '@date-fns/tz'
import { HOUR_MS } from '../http/time.ts'
import type { Window } from './budget.ts'

/** A window of a budget. `endMs` null: it never ends. */
export interface Period {
  startMs: number
  endMs: number | null
}

/**
 * The first moment of a local day. Where a clock change skips midnight, TZDate returns the moment after it; where one
 * repeats midnight, it returns the second, and the day began at the first.
 */
function midnight(year: number, month: number, day: number, zone: string): number {
  const ms = new TZDate(year, month, day, zone).getTime()
  const date = new TZDate(ms, zone).getDate()
  const earlier = REPEATED_MS.find((beforeMs) => new TZDate(ms - beforeMs, zone).getDate() === date)
  return ms - (earlier ?? 0)
}
/** Clocks are set back by an hour, on Lord Howe Island by half an hour. */
const REPEATED_MS = [HOUR_MS, HOUR_MS / 2]

const STARTS: Record<Exclude<Window, 'hour' | 'lifetime'>, (local: TZDate, next: 0 | 1) => Day> = {
  day: (local, next) => [local.getFullYear(), local.getMonth(), local.getDate() + next],
  // Monday is the first day of the week (ISO 8601).
  week: (local, next) => [
    local.getFullYear(),
    local.getMonth(),
    local.getDate() - ((local.getDay() + 6) % 7) + next * 7,
  ],
  month: (local, next) => [local.getFullYear(), local.getMonth() + next, 1],
}
type Day = [year: number, month: number, day: number]

/** The window of this kind that a moment is in, by the calendar of a time zone (IANA name). */
export function periodAt(window: Window, zone: string, atMs: number): Period {
  if (window === 'lifetime') return { startMs: 0, endMs: null }
  if (window === 'hour') return hourAt(zone, atMs)
  const local = new TZDate(atMs, zone)
  const startOf = (next: 0 | 1): number => midnight(...STARTS[window](local, next), zone)
  return { startMs: startOf(0), endMs: startOf(1) }
}

/**
 * Hours begin where the local clock shows a full hour. A change by half an hour cuts the hour that it is in: what
 * follows it is a window of its own.
 */
function hourAt(zone: string, atMs: number): Period {
  const local = new TZDate(atMs, zone)
  const intoMs =
    local.getMinutes() * MINUTE_MS + local.getSeconds() * 1_000 + (((atMs % 1_000) + 1_000) % 1_000)
  const startMs = atMs - intoMs
  return { startMs: afterChange(zone, startMs, atMs), endMs: startMs + HOUR_MS }
}

const MINUTE_MS = 60_000
const offsetOf = (zone: string, ms: number): number => new TZDate(ms, zone).getTimezoneOffset()

/** The last clock change between two moments within an hour, or the first moment if there is none. */
function afterChange(zone: string, fromMs: number, toMs: number): number {
  const offset = offsetOf(zone, toMs)
  if (offsetOf(zone, fromMs) === offset) return fromMs
  let ms = fromMs
  while (ms < toMs && offsetOf(zone, ms) !== offset) ms += MINUTE_MS
  return ms
}

/** The windows before a moment, the latest first: the running one, and those before it. */
export function periodsBefore(
  window: Window,
  zone: string,
  nowMs: number,
  count: number,
): Period[] {
  const periods = [periodAt(window, zone, nowMs)]
  while (periods.length < count) {
    const { startMs } = periods.at(-1)!
    if (startMs <= 0) break
    periods.push(periodAt(window, zone, startMs - 1))
  }
  return periods
}

const known = new Map<string, Period>()
const MOST_KNOWN = 500

/** The same as `periodAt`, remembered: the calendar costs more than the rest of an admission. */
export function currentPeriod(window: Window, zone: string, atMs: number): Period {
  const key = `${window} ${zone}`
  const before = known.get(key)
  if (before && before.startMs <= atMs && (before.endMs === null || atMs < before.endMs))
    return before
  const period = periodAt(window, zone, atMs)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, period)
  return period
}
