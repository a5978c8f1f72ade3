import { everyAccountOf } from '../../schema/sql.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** The fill rate of the ledger's database. */
export interface Room {
  /** The rows of the last 24 full hours that are summed up, of all accounts. */
  requestsADay: number
  /** The mean of those. */
  outputTokensARequest: number
  /** Bytes per request, with its indexes and sums. Null: too few requests to tell. */
  bytesPerRequest: number | null
  /** Rows were pruned before their time: at `atMs`, those before `beforeMs`. Null: none were. */
  early: { atMs: number; beforeMs: number } | null
}

/** With fewer requests, the other data weighs more. */
const FEWEST = 1_000

const sumOf = (kind: string, from: string, column = 'timed_requests'): string =>
  `(SELECT ifnull(sum(${column}), 0) FROM summaries WHERE account_id = accounts.id
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
         SELECT sum(${sumOf('hour_all', '?2')}) AS today, sum(${sumOf('hour_all', '?2', 'output_tokens')}) AS output, sum(${sumOf('day_all', goneMs)} + ${sumOf('hour_all', '?3')}) AS kept
         FROM accounts WHERE id IS NOT NULL`,
      )
      .bind(thisHourMs, thisHourMs - DAY_MS, nowMs - (nowMs % DAY_MS)),
    ledger.prepare(
      'SELECT max(early_at_ms) AS atMs, before_ms AS beforeMs FROM pruned WHERE early_at_ms IS NOT NULL',
    ),
  ])
  const { today = 0, output = 0, kept = 0 } = sums?.results[0] ?? {}
  const { atMs, beforeMs } = early?.results[0] ?? {}
  return {
    requestsADay: today ?? 0,
    outputTokensARequest: today ? (output ?? 0) / today : 0,
    bytesPerRequest: (kept ?? 0) < FEWEST ? null : sizeBytes / (kept ?? 1),
    early: atMs && beforeMs ? { atMs, beforeMs } : null,
  }
}

/**
 * The days until the database is nearly full, at this rate. 'always': rows are pruned by age before that. Null:
 * unknown.
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
