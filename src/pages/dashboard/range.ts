import { TZDate } from '@date-fns/tz'
import { FIVE_MINUTES_MS, fitRange, hourOf, type Interval } from '../../reports/usage/bins.ts'
import { HOUR_MS } from '../../http/time.ts'

export const RANGES = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  month: 'This month',
} as const
export type RangeName = keyof typeof RANGES

export interface Range {
  fromMs: number
  beforeMs: number
  interval: Interval
  /** The start of the period that this one is compared with. That period ends by `fromMs` at the latest. */
  comparedFromMs: number
  /** The end of a calendar period (the month). Null: the range moves with the clock, or is custom. */
  endMs: number | null
}

/** The period of `lengthMs` that ends at `beforeMs`, compared with an equal period before it. */
const last = (lengthMs: number, beforeMs: number, interval: Interval): Range => ({
  fromMs: beforeMs - lengthMs,
  beforeMs,
  interval,
  comparedFromMs: beforeMs - 2 * lengthMs,
  endMs: null,
})

/** The range of a preset at `nowMs`. Days and the month are calendar units of the zone and include today. */
export function rangeOf(name: RangeName, nowMs: number, zone: string): Range {
  const beforeMs = hourOf(nowMs) + HOUR_MS
  const local = new TZDate(nowMs, zone)
  const month = (offset: number, day = 1): number =>
    hourOf(new TZDate(local.getFullYear(), local.getMonth() + offset, day, zone).getTime())
  const days = (count: number): Range => ({
    fromMs: month(0, local.getDate() + 1 - count),
    beforeMs,
    interval: 'day',
    comparedFromMs: month(0, local.getDate() + 1 - 2 * count),
    endMs: null,
  })
  switch (name) {
    case '1h':
      return last(HOUR_MS, nowMs - (nowMs % FIVE_MINUTES_MS) + FIVE_MINUTES_MS, '5min')
    case '24h':
      return last(24 * HOUR_MS, beforeMs, 'hour')
    case '7d':
      return days(7)
    case '30d':
      return days(30)
    case 'month':
      return {
        fromMs: month(0),
        beforeMs,
        interval: 'day',
        comparedFromMs: month(-1),
        endMs: month(1),
      }
  }
}

const FINE_MS = 6 * HOUR_MS
const HOURLY_MS = 72 * HOUR_MS

/** A custom range, widened to full hours, or to five minutes if it is short. */
export function customRange(fromMs: number, toMs: number): Range {
  const lengthMs = toMs - fromMs
  const interval = lengthMs <= FINE_MS ? '5min' : lengthMs <= HOURLY_MS ? 'hour' : 'day'
  const fitted = fitRange(fromMs, toMs, interval)
  return last(fitted.beforeMs - fitted.fromMs, fitted.beforeMs, interval)
}
