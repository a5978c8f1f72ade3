import { TZDate } from '@date-fns/tz'

/** Set by the script of every page to the browser's time zone; until then times are UTC's. */
export const ZONE_COOKIE = 'zone'

/** A time zone as browsers name it, or UTC for what is none. */
export function readZone(name = 'UTC'): string {
  try {
    clockOf(name)
    return /^[A-Za-z]/.test(name) ? name : 'UTC'
  } catch {
    return 'UTC'
  }
}

// To make one costs as much as to use it a hundred times, and a page shows a hundred times.
const clocks = new Map<string, Intl.DateTimeFormat>()
const MOST_CLOCKS = 500

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known) return known
  if (clocks.size >= MOST_CLOCKS) clocks.clear()
  // Sweden writes dates as ISO 8601 does (Unicode CLDR, sv).
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  clocks.set(zone, clock)
  return clock
}

/** "2026-11-24 09:05:07" as the clocks of the zone have it. */
export const localTime = (ms: number, zone: string): string => clockOf(zone).format(ms)

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/

/**
 * What a form's date and time mean in the zone, in milliseconds. Null where it is no such text. A time
 * that a clock change leaves out is the one an hour later; of one that comes twice, the second.
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
