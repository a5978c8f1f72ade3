export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** The start of a moment's month (UTC), or of the month that is `months` later. */
export function monthOf(ms: number, months = 0): number {
  const at = new Date(ms)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1)
}
