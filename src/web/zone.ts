import { TZDate } from '@date-fns/tz'

/** Set by the script of every page to the browser's time zone; until then times are UTC's. */
export const ZONE_COOKIE = 'zone'

/** A time zone as browsers name it, or UTC for what is none. */
export function readZone(name = 'UTC'): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format()
    return /^[A-Za-z]/.test(name) ? name : 'UTC'
  } catch {
    return 'UTC'
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

/** "2026-11-24 09:05:07" as the clocks of the zone have it. */
export function localTime(ms: number, zone: string): string {
  const date = new TZDate(ms, zone)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

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
