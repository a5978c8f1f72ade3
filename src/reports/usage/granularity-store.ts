import { floorToDay } from '../../ledger/retention/day.ts'
import { DAY_MS } from '../../http/time.ts'
import type { TimeQuery } from './input.ts'

/** The start of a moment's month (UTC), or of the month that is `months` later. */
function monthOf(ms: number, months = 0): number {
  const at = new Date(ms)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1)
}

const ceil = (ms: number, startMs: number, nextMs: number): number => (ms === startMs ? ms : nextMs)

/**
 * Widens a range to what the sums can tell apart. Old sums are kept by day, very old ones by month (UTC). A
 * range that cuts one is widened to all of it, as a range of minutes is to full hours.
 */
export async function fitToSums<T extends Pick<TimeQuery, 'fromMs' | 'beforeMs'>>(
  ledger: D1Database,
  accountId: string,
  query: T,
): Promise<T> {
  const kept = await ledger
    .prepare(
      'SELECT daily_before_ms AS daysMs, monthly_before_ms AS monthsMs FROM pruned WHERE account_id = ?1',
    )
    .bind(accountId)
    .first<{ daysMs: number; monthsMs: number }>()
  return kept === null ? query : { ...query, ...widened(query, kept) }
}

export function widened(
  { fromMs, beforeMs }: Pick<TimeQuery, 'fromMs' | 'beforeMs'>,
  { daysMs, monthsMs }: { daysMs: number; monthsMs: number },
): Pick<TimeQuery, 'fromMs' | 'beforeMs'> {
  return {
    fromMs: fromMs < monthsMs ? monthOf(fromMs) : fromMs < daysMs ? floorToDay(fromMs) : fromMs,
    beforeMs:
      beforeMs < monthsMs
        ? ceil(beforeMs, monthOf(beforeMs), monthOf(beforeMs, 1))
        : beforeMs < daysMs
          ? ceil(beforeMs, floorToDay(beforeMs), floorToDay(beforeMs) + DAY_MS)
          : beforeMs,
  }
}
