import { TZDate } from '@date-fns/tz'
import { HOUR_MS, hourOf, type Interval } from '../usage/bins.ts'

export const RANGES = {
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
  /** Where the period begins that this one is compared with; it ends where this one begins. */
  comparedFromMs: number
  /** When the period is over, where it has an end of its own: the month. */
  endMs: number | null
}

const DAYS: Partial<Record<RangeName, number>> = { '7d': 7, '30d': 30 }

/** What a preset means now. Days are whole ones of the zone, today among them; so is the month. */
export function rangeOf(name: RangeName, nowMs: number, zone: string): Range {
  const local = new TZDate(nowMs, zone)
  const dayMs = (offset: number): number =>
    new TZDate(local.getFullYear(), local.getMonth(), local.getDate() + offset, zone).getTime()
  const beforeMs = hourOf(nowMs) + HOUR_MS
  const days = DAYS[name]
  if (days !== undefined)
    return {
      fromMs: hourOf(dayMs(1 - days)),
      beforeMs,
      interval: 'day',
      comparedFromMs: hourOf(dayMs(1 - 2 * days)),
      endMs: null,
    }
  if (name === 'month') {
    const monthMs = (offset: number): number =>
      hourOf(new TZDate(local.getFullYear(), local.getMonth() + offset, 1, zone).getTime())
    return {
      fromMs: monthMs(0),
      beforeMs,
      interval: 'day',
      comparedFromMs: monthMs(-1),
      endMs: monthMs(1),
    }
  }
  return {
    fromMs: beforeMs - 24 * HOUR_MS,
    beforeMs,
    interval: 'hour',
    comparedFromMs: beforeMs - 48 * HOUR_MS,
    endMs: null,
  }
}
