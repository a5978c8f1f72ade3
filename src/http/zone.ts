import { TZDate } from '@date-fns/tz'

/** The script of every page sets it to the browser's time zone. Until then, times are in UTC. */
export const ZONE_COOKIE = 'zone'

/** A time zone by the name that browsers give it; UTC if there is no such zone. */
export function readZone(name = 'UTC'): string {
  try {
    clockOf(name)
    return /^[A-Za-z]/.test(name) ? name : 'UTC'
  } catch {
    return 'UTC'
  }
}

// Creating a formatter costs as much as using it a hundred times, and a page shows a hundred times.
const clocks = new Map<string, Intl.DateTimeFormat>()
const MOST_CLOCKS = 500

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known) return known
  if (clocks.size >= MOST_CLOCKS) clocks.clear()
  // Swedish dates have the format of ISO 8601 (Unicode CLDR, sv).
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  clocks.set(zone, clock)
  return clock
}

/** "2026-11-24 09:05:07" in the zone's local time. */
export const localTime = (ms: number, zone: string): string => clockOf(zone).format(ms)

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/

/**
 * A form's date and time in the zone, in milliseconds. Null: the text has another format. A time that a clock
 * change skips becomes the one an hour later. If a time occurs twice, the second is taken.
 */
export function fromLocalTime(text: string, zone: string): number | null {
  const parts = LOCAL.exec(text)
  if (parts === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  const ms = new TZDate(year, month - 1, day, hour, minute, second, zone).getTime()
  return Number.isNaN(ms) ? null : ms
}
