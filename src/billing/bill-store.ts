import type { Env } from '../env.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import type { DayBill } from './day-bill.ts'
import type { Invoice } from './xai/invoice.ts'

/** An account whose bill is to be read. */
export interface DueBill {
  accountId: string
  sealed: string
  /** The account's own xAI key, sealed. Null: it has none. */
  sealedKey: string | null
  keySavedAtMs: number | null
  readAtMs: number | null
}

/** Bills are kept for so many days. The page shows thirty. */
const KEPT_DAYS = 60

/** The credit is read every hour if a rule is about it. */
const CREDIT_DUE = `iif(invoice IS NOT NULL AND EXISTS (SELECT 1 FROM alert_rules AS r WHERE r.account_id = m.account_id AND r.kind = 'credit'),
  max(invoice ->> 'readAtMs', ifnull(invoice ->> 'triedAtMs', 0)) + ${HOUR_MS}, next_at_ms)`

/** The next accounts whose bill or credit is to be read; those that are due for the longest time first. */
export async function dueBills(
  { DB }: Pick<Env, 'DB'>,
  nowMs: number,
  most: number,
): Promise<DueBill[]> {
  const { results } = await DB.prepare(
    `SELECT m.account_id AS accountId, m.sealed, p.sealed AS sealedKey, p.saved_at_ms AS keySavedAtMs,
       m.read_at_ms AS readAtMs, min(m.next_at_ms, ${CREDIT_DUE}) AS dueAtMs
     FROM management_keys AS m LEFT JOIN provider_keys AS p ON p.account_id = m.account_id AND p.provider = m.provider
     WHERE dueAtMs <= ?1 ORDER BY dueAtMs LIMIT ?2`,
  )
    .bind(nowMs, most)
    .all<DueBill>()
  return results
}

/** Puts the next reading off, so that one that hangs is not repeated at once. `problem` undefined: it stays. */
export async function putOff(
  { DB }: Pick<Env, 'DB'>,
  { accountId, sealed }: Pick<DueBill, 'accountId' | 'sealed'>,
  { nextAtMs, nowMs }: { nextAtMs: number; nowMs: number },
  problem?: string,
): Promise<void> {
  // A key that was replaced meanwhile is not blamed.
  await DB.prepare(
    `UPDATE management_keys SET next_at_ms = ?3, problem = ifnull(?4, problem), invoice = json_set(invoice, '$.triedAtMs', ?5)
     WHERE account_id = ?1 AND provider = 'grok' AND sealed = ?2`,
  )
    .bind(accountId, sealed, nextAtMs, problem ?? null, nowMs)
    .run()
}

export interface ReadBill {
  keyId: string
  keySinceMs: number
  /** Null: it could not be read. */
  invoice: Invoice | null
  /** Null: the days were not due, or could not be read. */
  days: readonly DayBill[] | null
  /** The reason why a part could not be read. Null: all was. */
  problem: string | null
  nextAtMs: number
}

/**
 * Keeps what was read. A key that was deleted or replaced meanwhile keeps nothing; a day that was read whole stays as it
 * is if xAI cuts its answer short now, and so does a day before the account's present key.
 */
export async function keepBill(
  { DB }: Pick<Env, 'DB'>,
  { accountId, sealed }: DueBill,
  { keyId, keySinceMs, invoice, days, problem, nextAtMs }: ReadBill,
  nowMs: number,
): Promise<void> {
  const rows = (days ?? []).map((day) => ({
    ...day,
    json: JSON.stringify(day),
    isBefore: day.dayMs + DAY_MS <= day.sinceMs,
  }))
  const isSame = `EXISTS (SELECT 1 FROM management_keys WHERE account_id = ?1 AND sealed = ?2)`
  await DB.batch([
    DB.prepare(
      `INSERT INTO bill_days (account_id, day_ms, read_at_ms, hours, is_cut)
       SELECT ?1, one.value ->> 'dayMs', one.value ->> 'readAtMs', one.value ->> 'json', one.value ->> 'isCut'
       FROM json_each(?3) AS one WHERE ${isSame} AND NOT EXISTS (SELECT 1 FROM bill_days AS b WHERE b.account_id = ?1
         AND b.day_ms = one.value ->> 'dayMs' AND (one.value ->> 'isBefore' OR one.value ->> 'isCut' AND NOT b.is_cut))
       ON CONFLICT (account_id, day_ms) DO UPDATE SET read_at_ms = excluded.read_at_ms, hours = excluded.hours, is_cut = excluded.is_cut`,
    ).bind(accountId, sealed, JSON.stringify(rows)),
    DB.prepare('DELETE FROM bill_days WHERE account_id = ?1 AND day_ms < ?2').bind(
      accountId,
      nowMs - KEPT_DAYS * DAY_MS,
    ),
    DB.prepare(
      `UPDATE management_keys SET problem = ?3, invoice = ifnull(?4, invoice), key_id = ?5, key_since_ms = ?6, next_at_ms = ?7,
         read_at_ms = iif(?8, ?9, read_at_ms) WHERE account_id = ?1 AND sealed = ?2`,
    ).bind(
      accountId,
      sealed,
      problem,
      invoice && JSON.stringify(invoice),
      keyId,
      keySinceMs,
      nextAtMs,
      days === null ? 0 : 1,
      nowMs,
    ),
  ])
}

/** The bills of a range of days that were read, the oldest first. */
export async function readDayBills(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  fromMs: number,
  beforeMs: number,
): Promise<DayBill[]> {
  const { results } = await DB.prepare(
    'SELECT hours FROM bill_days WHERE account_id = ?1 AND day_ms >= ?2 AND day_ms < ?3 ORDER BY day_ms',
  )
    .bind(accountId, fromMs, beforeMs)
    .all<{ hours: string }>()
  return results.map(({ hours }) => JSON.parse(hours) as DayBill)
}
