import { expect, test } from 'vitest'
import { fromLocalTime, localTime, readZone } from '../../../src/http/zone.ts'

test.each([
  ['Europe/Zurich', '2026-03-29T00:59:59Z', '2026-03-29 01:59:59'],
  ['Europe/Zurich', '2026-03-29T01:00:00Z', '2026-03-29 03:00:00'],
  ['Europe/Zurich', '2026-10-25T00:30:00Z', '2026-10-25 02:30:00'],
  ['Europe/Zurich', '2026-10-25T01:30:00Z', '2026-10-25 02:30:00'],
  ['Asia/Kolkata', '2026-11-30T18:30:00Z', '2026-12-01 00:00:00'],
  ['America/New_York', '2027-01-01T04:59:59Z', '2026-12-31 23:59:59'],
  ['UTC', '2026-11-24T00:00:00Z', '2026-11-24 00:00:00'],
])('the clocks of %s at %s', (zone, iso, local) => {
  expect(localTime(Date.parse(iso), zone)).toBe(local)
})

test.each([
  ['Europe/Zurich', '2026-07-01T00:00', '2026-06-30T22:00:00.000Z'],
  ['Europe/Zurich', '2026-12-01T00:00:30', '2026-11-30T23:00:30.000Z'],
  // Left out by the clocks, and had twice.
  ['Europe/Zurich', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ['Europe/Zurich', '2026-10-25T02:30', '2026-10-25T01:30:00.000Z'],
  ['Asia/Kolkata', '2026-12-01T00:00', '2026-11-30T18:30:00.000Z'],
])('what a form of %s means by %s', (zone, text, iso) => {
  expect(new Date(fromLocalTime(text, zone) ?? 0).toISOString()).toBe(iso)
})

test.each(['yesterday', '', '2026-11-24T08:00:00Z', '2026-11-24'])(
  '"%s" is no form’s time',
  (text) => {
    expect(fromLocalTime(text, 'UTC')).toBeNull()
  },
)

test('what is no time zone counts as UTC', () => {
  expect(readZone('Europe/Zurich')).toBe('Europe/Zurich')
  for (const name of [undefined, '', 'Mars/Olympus', '<script>', '+99:99'])
    expect(readZone(name)).toBe('UTC')
})
