import { describe, expect, test } from 'vitest'
import { periodAt, periodsBefore } from '../../../src/spend/window.ts'

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
const at = (window: 'hour' | 'day' | 'week' | 'month' | 'lifetime', zone: string, time: string) => {
  const { startMs, endMs } = periodAt(window, zone, Date.parse(time))
  return [iso(startMs), iso(endMs)]
}

/** A moment on the day of a clock change, and the day that it is in. */
const CHANGES = [
  // Europe: an hour less on 29 March, one more on 25 October.
  ['Europe/Zurich', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
  ['Europe/Zurich', '2026-10-25T00:30:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  // America: the hour that comes twice.
  [
    'America/New_York',
    '2026-11-01T05:30:00Z',
    '2026-11-01T04:00:00.000Z',
    '2026-11-02T05:00:00.000Z',
  ],
  [
    'America/New_York',
    '2026-11-01T06:30:00Z',
    '2026-11-01T04:00:00.000Z',
    '2026-11-02T05:00:00.000Z',
  ],
  // Half an hour.
  [
    'Australia/Lord_Howe',
    '2026-04-04T16:00:00Z',
    '2026-04-04T13:00:00.000Z',
    '2026-04-05T13:30:00.000Z',
  ],
  // Midnight is left out.
  ['Africa/Cairo', '2026-04-23T22:30:00Z', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
  // Midnight comes twice: the day begins with the first.
  [
    'America/Havana',
    '2026-11-01T04:30:00Z',
    '2026-11-01T04:00:00.000Z',
    '2026-11-02T05:00:00.000Z',
  ],
  [
    'America/Havana',
    '2026-11-01T05:30:00Z',
    '2026-11-01T04:00:00.000Z',
    '2026-11-02T05:00:00.000Z',
  ],
  // Never changes, and is off by half an hour.
  ['Asia/Kolkata', '2026-11-26T18:29:59Z', '2026-11-25T18:30:00.000Z', '2026-11-26T18:30:00.000Z'],
] as const

test.each(CHANGES)('the day in %s at %s', (zone, time, start, end) => {
  expect(at('day', zone, time)).toEqual([start, end])
})

describe('longer windows', () => {
  test('weeks begin on Monday', () => {
    expect(at('week', 'UTC', '2026-11-29T23:59:59Z')).toEqual([
      '2026-11-23T00:00:00.000Z',
      '2026-11-30T00:00:00.000Z',
    ])
    expect(at('week', 'UTC', '2026-11-30T00:00:00Z')).toEqual([
      '2026-11-30T00:00:00.000Z',
      '2026-12-07T00:00:00.000Z',
    ])
    // The week of a clock change has 167 hours.
    expect(at('week', 'Europe/Zurich', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-22T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ])
  })

  test('months, also over the end of a year', () => {
    expect(at('month', 'America/New_York', '2026-11-01T04:30:00Z')).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-12-01T05:00:00.000Z',
    ])
    expect(at('month', 'UTC', '2026-12-31T23:59:59Z')).toEqual([
      '2026-12-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ])
  })

  test('hours are those of the local clock', () => {
    expect(at('hour', 'Asia/Kolkata', '2026-11-26T18:29:59.999Z')).toEqual([
      '2026-11-26T17:30:00.000Z',
      '2026-11-26T18:30:00.000Z',
    ])
  })

  test('a lifetime has no end', () => {
    expect(at('lifetime', 'Europe/Zurich', '2026-11-26T18:29:59Z')).toEqual([
      '1970-01-01T00:00:00.000Z',
      null,
    ])
  })
})

test('every moment of a year is in the window that begins before it, and windows follow each other', () => {
  for (const zone of [
    'UTC',
    'Europe/Zurich',
    'America/Havana',
    'Africa/Cairo',
    'Australia/Lord_Howe',
  ])
    for (const window of zone === 'Australia/Lord_Howe'
      ? (['hour', 'day', 'week', 'month'] as const)
      : (['day', 'week', 'month'] as const)) {
      let { startMs, endMs } = periodAt(window, zone, Date.parse('2026-01-01T12:00:00Z'))
      while (startMs < Date.parse('2027-01-01T00:00:00Z')) {
        for (const ms of [startMs, startMs + 1, endMs! - 1])
          expect(periodAt(window, zone, ms), `${zone} ${window} ${iso(ms)}`).toEqual({
            startMs,
            endMs,
          })
        const next = periodAt(window, zone, endMs!)
        expect(next.startMs).toBe(endMs)
        ;({ startMs, endMs } = next)
      }
    }
})

test('the windows before the running one', () => {
  const nowMs = Date.parse('2026-03-05T00:00:00Z')
  expect(periodsBefore('month', 'UTC', nowMs, 3).map(({ startMs }) => iso(startMs))).toEqual([
    '2026-03-01T00:00:00.000Z',
    '2026-02-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
  ])
  expect(periodsBefore('lifetime', 'UTC', nowMs, 3)).toHaveLength(1)
})
