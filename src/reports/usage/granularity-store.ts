import { floorToDay } from '../../ledger/retention/day.ts'
import { DAY_MS, HOUR_MS, monthOf } from '../../http/time.ts'
import type { TimeQuery } from './input.ts'

const ceil = (ms: number, startMs: number, nextMs: number): number => (ms === startMs ? ms : nextMs)

/**
 * Widens a range to what the sums can tell apart. Old sums are kept by day, very old ones by month (UTC). A
 * range that cuts one is widened to all of it, as a range of minutes is to full hours.
 */
export async function fitToSums<
  T extends Pick<TimeQuery, 'fromMs' | 'beforeMs'> & { endMs?: number | undefined },
>(ledger: D1Database, accountId: string, query: T): Promise<T> {
  const kept = await readKept(ledger, accountId)
  if (kept === null) return query
  const { endMs = 0 } = query
  // The requests of that hour are gone.
  const hasRows = endMs - HOUR_MS >= kept.goneMs
  return { ...query, ...widened(query, kept), ...(!hasRows && { endMs: undefined }) }
}

/** Sums before these moments are kept by day, or by month. */
interface Kept {
  daysMs: number
  monthsMs: number
  /** Before it, sums may have no requests any more. */
  goneMs: number
}

const readKept = (ledger: D1Database, accountId: string): Promise<Kept | null> =>
  ledger
    .prepare(
      `SELECT daily_before_ms AS daysMs, monthly_before_ms AS monthsMs, before_ms AS goneMs
       FROM pruned WHERE account_id = ?1`,
    )
    .bind(accountId)
    .first<Kept>()

/** The starts of the days (UTC) of a range; of the months where sums are kept by month alone. */
export async function readPeriods(
  ledger: D1Database,
  accountId: string,
  range: Pick<TimeQuery, 'fromMs' | 'beforeMs'>,
): Promise<{ starts: number[]; beforeMs: number }> {
  const kept = (await readKept(ledger, accountId)) ?? { daysMs: 0, monthsMs: 0, goneMs: 0 }
  const { fromMs, beforeMs } = widened(range, kept)
  const starts: number[] = []
  for (let ms = fromMs; ms < beforeMs; ms = ms < kept.monthsMs ? monthOf(ms, 1) : ms + DAY_MS)
    starts.push(ms)
  return { starts, beforeMs }
}

export function widened(
  { fromMs, beforeMs }: Pick<TimeQuery, 'fromMs' | 'beforeMs'>,
  { daysMs, monthsMs }: Omit<Kept, 'goneMs'>,
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
