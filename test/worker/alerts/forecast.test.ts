import { TZDate } from '@date-fns/tz'
import { expect, test } from 'vitest'
import {
  forecastFromMs,
  forecastOf,
  sameHours,
  usualOf,
  type DayCost,
} from '../../../src/alerts/evaluate/forecast.ts'
import { periodAt } from '../../../src/spend/window.ts'

const HOUR = 3_600_000

/** The days that a forecast needs, each with a cost by its weekday (0: Sunday) and number. */
function daysUntil(
  nowMs: number,
  zone: string,
  costOf: (weekday: number, ms: number) => number,
): DayCost[] {
  const days: DayCost[] = []
  for (let ms = forecastFromMs(nowMs, zone); ms <= nowMs; ms = periodAt('day', zone, ms).endMs!)
    days.push({ startMs: ms, cost: costOf(new TZDate(ms, zone).getDay(), ms) })
  return days
}

const isWorkday = (weekday: number): boolean => weekday >= 1 && weekday <= 5

test('weekends do not count as working days', () => {
  // Monday morning, 2026-11-16: twenty working days in November are 21 from the 2nd on.
  const nowMs = Date.parse('2026-11-16T00:00:00Z')
  const days = daysUntil(nowMs, 'UTC', (weekday, ms) =>
    ms < nowMs && isWorkday(weekday) ? 100 : 0,
  )
  expect(forecastOf(days, nowMs, 'UTC')).toEqual({ spent: 1_000, total: 2_100 })
})

test('of today, the part that is left counts', () => {
  const nowMs = Date.parse('2026-11-30T18:00:00Z')
  const days = daysUntil(nowMs, 'UTC', (_, ms) => (ms > nowMs - 18 * HOUR - 1 ? 50 : 100))
  // 29 days, 50 of today so far, and a quarter of what a Monday costs.
  expect(forecastOf(days, nowMs, 'UTC')).toEqual({ spent: 2_950, total: 2_975 })
})

test.each(['Europe/Zurich', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'])(
  'a month with a clock change has as many days in %s',
  (zone) => {
    const nowMs = new TZDate(2026, 9, 20, zone).getTime()
    const days = daysUntil(nowMs, zone, (_, ms) => (ms < nowMs ? 10 : 0))
    expect(forecastOf(days, nowMs, zone)).toEqual({ spent: 190, total: 310 })
  },
)

test('without a week there is no forecast, and days before the first cost are no pattern', () => {
  const nowMs = Date.parse('2026-11-10T00:00:00Z')
  const since = (date: string) => (_: number, ms: number) =>
    ms >= Date.parse(date) && ms < nowMs ? 10 : 0
  expect(
    forecastOf(daysUntil(nowMs, 'UTC', since('2026-11-04T00:00:00Z')), nowMs, 'UTC'),
  ).toBeNull()
  expect(
    forecastOf(
      daysUntil(nowMs, 'UTC', () => 0),
      nowMs,
      'UTC',
    ),
  ).toBeNull()
  // Seven days of 10, and 21 more.
  expect(forecastOf(daysUntil(nowMs, 'UTC', since('2026-11-03T00:00:00Z')), nowMs, 'UTC')).toEqual({
    spent: 70,
    total: 280,
  })
})

test('the same hour follows the local clock, and a skipped hour is left out', () => {
  // 09:00 in Zurich on 2026-10-27, two days after the clock went back.
  const hourMs = new TZDate(2026, 9, 27, 9, 'Europe/Zurich').getTime()
  const starts = sameHours(hourMs, 'Europe/Zurich', 3)
  expect(starts.map((ms) => new TZDate(ms, 'Europe/Zurich').getHours())).toEqual([9, 9, 9])
  expect(hourMs - starts[1]!).toBe(48 * HOUR)
  expect(hourMs - starts[2]!).toBe(73 * HOUR)
  // 02:00 does not exist on 2026-03-29.
  const night = new TZDate(2026, 2, 30, 2, 'Europe/Zurich').getTime()
  expect(sameHours(night, 'Europe/Zurich', 2)).toHaveLength(1)
})

test('the usual is known after a week', () => {
  const costs = [7, 7, 7, 7, 7, 7, 14, 0, 0]
  expect(usualOf(costs, 30 * 24 * HOUR, 24 * 24 * HOUR)).toBeNull()
  expect(usualOf(costs, 30 * 24 * HOUR, 23 * 24 * HOUR)).toBe(8)
})

test('where clocks are off by half an hour, days begin with the full hour before midnight', () => {
  const zone = 'Asia/Kolkata'
  const nowMs = Date.parse('2026-11-10T18:30:00Z')
  const days = daysUntil(nowMs, zone, (_, ms) => (ms < nowMs ? 10 : 0))
  const floored = days.map(({ startMs, cost }) => ({ startMs: startMs - (startMs % HOUR), cost }))
  expect(forecastOf(floored, nowMs, zone)).toEqual(forecastOf(days, nowMs, zone))
  // 09:30 is compared with 09:30.
  const hourMs = Date.parse('2026-10-27T04:00:00Z')
  expect(sameHours(hourMs, zone, 2)).toEqual([
    Date.parse('2026-10-26T04:00:00Z'),
    Date.parse('2026-10-25T04:00:00Z'),
  ])
})
