import { everyAccountOf } from '../../../schema/sql.ts'
import { DAY_MS, HOUR_MS } from '../../../http/time.ts'

/** How the ledger's database fills up. */
export interface Room {
  /** Rows of the 24 full hours that are summed up, of all accounts. */
  requestsADay: number
  /** What a request takes, with its indexes and sums; null: there are too few to tell. */
  bytesPerRequest: number | null
  /** Rows were let go before their time: when, and those before which moment. */
  early: { atMs: number; beforeMs: number } | null
}

/** Below this, what is not a request weighs more. */
const FEWEST = 1_000

const sumOf = (kind: string, from: string): string =>
  `(SELECT ifnull(sum(timed_requests), 0) FROM summaries WHERE account_id = accounts.id
     AND kind = '${kind}' AND start_ms >= ${from} AND start_ms < ?1)`

export async function readRoom(
  ledger: D1Database,
  sizeBytes: number,
  nowMs: number,
): Promise<Room> {
  const thisHourMs = nowMs - (nowMs % HOUR_MS)
  const goneMs = `ifnull((SELECT before_ms FROM pruned WHERE account_id = accounts.id), 0)`
  const [sums, early] = await ledger.batch<Record<string, number | null>>([
    ledger
      .prepare(
        `WITH RECURSIVE ${everyAccountOf('summaries')}
         SELECT sum(${sumOf('hour_all', '?2')}) AS today, sum(${sumOf('day_all', goneMs)} + ${sumOf('hour_all', '?3')}) AS kept
         FROM accounts WHERE id IS NOT NULL`,
      )
      .bind(thisHourMs, thisHourMs - DAY_MS, nowMs - (nowMs % DAY_MS)),
    ledger.prepare(
      'SELECT max(early_at_ms) AS atMs, before_ms AS beforeMs FROM pruned WHERE early_at_ms IS NOT NULL',
    ),
  ])
  const { today = 0, kept = 0 } = sums?.results[0] ?? {}
  const { atMs, beforeMs } = early?.results[0] ?? {}
  return {
    requestsADay: today ?? 0,
    bytesPerRequest: (kept ?? 0) < FEWEST ? null : sizeBytes / (kept ?? 1),
    early: atMs && beforeMs ? { atMs, beforeMs } : null,
  }
}

/**
 * For how many days there is room at this rate; 'always': rows go by their age before it is full; null: not
 * known.
 */
export function daysOfRoom(
  { requestsADay, bytesPerRequest }: Room,
  sizeBytes: number,
  fullBytes: number,
  retentionDays: number,
): number | 'always' | null {
  if (bytesPerRequest === null || requestsADay === 0) return null
  const bytesADay = requestsADay * bytesPerRequest
  if (bytesADay * retentionDays < fullBytes) return 'always'
  return Math.max(0, Math.floor((fullBytes - sizeBytes) / bytesADay))
}
