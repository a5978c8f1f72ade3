import { TZDate } from '@date-fns/tz'
import { FIVE_MINUTES_MS, fitRange, hourOf, type Interval } from '../../reports/usage/bins.ts'
import { HOUR_MS } from '../../http/time.ts'

/** Periods that move with the clock. */
export const MOVING = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
} as const

/** Periods of the calendar in the viewer's zone; weeks begin on Monday. */
export const CALENDAR = {
  today: 'Today',
  yesterday: 'Yesterday',
  week: 'This week',
  'last-week': 'Last week',
  month: 'This month',
  'last-month': 'Last month',
} as const

export const RANGES = { ...MOVING, ...CALENDAR } as const
export type CalendarName = keyof typeof CALENDAR
export type RangeName = keyof typeof RANGES

export const isCalendar = (name: string): name is CalendarName => Object.hasOwn(CALENDAR, name)

export interface Range {
  fromMs: number
  beforeMs: number
  interval: Interval
  /** The period that this one is compared with. */
  comparedFromMs: number
  comparedBeforeMs: number
  /** As much of the period before as has passed of one that is not over, to the millisecond. */
  comparedEndMs?: number | undefined
  /** The end of a calendar period that is not over. Null: it is, or the range moves with the clock, or is custom. */
  endMs: number | null
}

/** The period of `lengthMs` that ends at `beforeMs`, compared with an equal period before it. */
const last = (lengthMs: number, beforeMs: number, interval: Interval): Range => ({
  fromMs: beforeMs - lengthMs,
  beforeMs,
  interval,
  comparedFromMs: beforeMs - 2 * lengthMs,
  comparedBeforeMs: beforeMs - lengthMs,
  endMs: null,
})

/** The start of a day of the calendar, by the full hour that the sums are kept by. */
const midnight = (local: TZDate, months: number, day: number, zone: string): number =>
  hourOf(new TZDate(local.getFullYear(), local.getMonth() + months, day, zone).getTime())

/** The start of the calendar period that is `offset` periods from the running one, and its step. */
const STARTS: Record<
  'day' | 'week' | 'month',
  { interval: Interval; start: (local: TZDate, offset: number, zone: string) => number }
> = {
  day: {
    interval: 'hour',
    start: (local, offset, zone) => midnight(local, 0, local.getDate() + offset, zone),
  },
  week: {
    interval: 'day',
    start: (local, offset, zone) => {
      const sinceMonday = (local.getDay() + 6) % 7
      return midnight(local, 0, local.getDate() - sinceMonday + 7 * offset, zone)
    },
  },
  month: { interval: 'day', start: (local, offset, zone) => midnight(local, offset, 1, zone) },
}

const PERIODS: Record<CalendarName, { of: keyof typeof STARTS; offset: 0 | -1 }> = {
  today: { of: 'day', offset: 0 },
  yesterday: { of: 'day', offset: -1 },
  week: { of: 'week', offset: 0 },
  'last-week': { of: 'week', offset: -1 },
  month: { of: 'month', offset: 0 },
  'last-month': { of: 'month', offset: -1 },
}

/** The end of as much of the period before as has passed of this one. */
const asFar = (range: Pick<Range, 'fromMs' | 'beforeMs' | 'comparedFromMs'>): number =>
  Math.min(range.fromMs, range.comparedFromMs + range.beforeMs - range.fromMs)

/** A period of the calendar, compared with the one before: the whole, or as much of it as has passed of this one. */
function calendarRange(name: CalendarName, nowMs: number, zone: string): Range {
  const { of, offset } = PERIODS[name]
  const { interval, start } = STARTS[of]
  const local = new TZDate(nowMs, zone)
  const [fromMs, endMs] = [start(local, offset, zone), start(local, offset + 1, zone)]
  const comparedFromMs = start(local, offset - 1, zone)
  const whole = { fromMs, interval, comparedFromMs }
  if (offset < 0) return { ...whole, beforeMs: endMs, comparedBeforeMs: fromMs, endMs: null }
  const beforeMs = hourOf(nowMs) + HOUR_MS
  return { ...whole, beforeMs, comparedBeforeMs: asFar({ ...whole, beforeMs }), endMs }
}

/**
 * The range of a preset at `nowMs`. Days are calendar days of the zone and include today. A range that is not over is
 * compared with the same part of the period before.
 */
export function rangeOf(name: RangeName, nowMs: number, zone: string): Range {
  const range = presetRange(name, nowMs, zone)
  const endMs = range.comparedFromMs + nowMs - range.fromMs
  const isCut = range.beforeMs > nowMs && endMs < range.comparedBeforeMs
  return isCut ? { ...range, comparedEndMs: endMs } : range
}

function presetRange(name: RangeName, nowMs: number, zone: string): Range {
  if (isCalendar(name)) return calendarRange(name, nowMs, zone)
  const beforeMs = hourOf(nowMs) + HOUR_MS
  const local = new TZDate(nowMs, zone)
  const days = (count: number): Range => {
    const fromMs = midnight(local, 0, local.getDate() + 1 - count, zone)
    const comparedFromMs = midnight(local, 0, local.getDate() + 1 - 2 * count, zone)
    const both = { fromMs, beforeMs, comparedFromMs }
    return { ...both, comparedBeforeMs: asFar(both), interval: 'day', endMs: null }
  }
  switch (name) {
    case '1h':
      return last(HOUR_MS, nowMs - (nowMs % FIVE_MINUTES_MS) + FIVE_MINUTES_MS, '5min')
    case '24h':
      return last(24 * HOUR_MS, beforeMs, 'hour')
    case '7d':
      return days(7)
    case '30d':
      return days(30)
  }
}

/** "the day", "the week", "the month": the calendar period that a preset is of. */
export const periodName = (name: RangeName): string | null =>
  isCalendar(name) ? PERIODS[name].of : null

const FINE_MS = 6 * HOUR_MS
const HOURLY_MS = 72 * HOUR_MS

/** A custom range, widened to full hours, or to five minutes if it is short. */
export function customRange(fromMs: number, toMs: number): Range {
  const lengthMs = toMs - fromMs
  const interval = lengthMs <= FINE_MS ? '5min' : lengthMs <= HOURLY_MS ? 'hour' : 'day'
  const fitted = fitRange(fromMs, toMs, interval)
  return last(fitted.beforeMs - fitted.fromMs, fitted.beforeMs, interval)
}
