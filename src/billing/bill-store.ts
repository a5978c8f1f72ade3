import type { Env } from '../env.ts'
import { DAY_MS } from '../http/time.ts'
import type { DayBill } from './day-bill.ts'
import type { Invoice } from './xai/invoice.ts'
import type { KeyIdentity } from './xai/fetch-store.ts'

/** An account whose bill is to be read. */
export interface DueBill {
  accountId: string
  sealed: string
  /** The account's own xAI key, sealed. Null: it has none. */
  sealedKey: string | null
  keySavedAtMs: number | null
  readAtMs: number | null
  keyId: string | null
  keySinceMs: number | null
}

const HOUR_MS = 3_600_000
/** Bills are kept for so many days. */
const KEPT_DAYS = 400
/** A reading that fails is tried again after this time. */
export const RETRY_MS = HOUR_MS

/** Whether somebody wants to know of the credit, which is then read every hour. */
const WATCHES_CREDIT = `EXISTS (SELECT 1 FROM alert_rules AS r WHERE r.account_id = m.account_id AND r.kind = 'credit')
  AND m.problem IS NULL AND ifnull(m.invoice ->> 'readAtMs', 0) <= ?1 - ${HOUR_MS}`

/** The next accounts whose bill or credit is to be read; those that wait longest first. */
export async function dueBills(
  { DB }: Pick<Env, 'DB'>,
  nowMs: number,
  most: number,
): Promise<DueBill[]> {
  const { results } = await DB.prepare(
    `SELECT m.account_id AS accountId, m.sealed, p.sealed AS sealedKey, p.saved_at_ms AS keySavedAtMs,
       m.read_at_ms AS readAtMs, m.key_id AS keyId, m.key_since_ms AS keySinceMs
     FROM management_keys AS m LEFT JOIN provider_keys AS p ON p.account_id = m.account_id AND p.provider = m.provider
     WHERE m.next_at_ms <= ?1 OR (${WATCHES_CREDIT}) ORDER BY m.next_at_ms LIMIT ?2`,
  )
    .bind(nowMs, most)
    .all<DueBill>()
  return results
}

/** Puts the next reading off, so that one that hangs is not repeated at once, and notes a problem. */
export async function putOff(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  nextAtMs: number,
  problem: string | null,
): Promise<void> {
  await DB.prepare(
    `UPDATE management_keys SET next_at_ms = ?2, problem = ?3 WHERE account_id = ?1 AND provider = 'grok'`,
  )
    .bind(accountId, nextAtMs, problem)
    .run()
}

export interface ReadBill {
  identity: KeyIdentity
  /** Since when the key that is in use is known to be so. */
  keySinceMs: number
  invoice: Invoice
  /** Null: the days were not due. */
  days: readonly DayBill[] | null
  nextAtMs: number
}

/** Keeps what was read. A key that was deleted or replaced meanwhile keeps nothing. */
export async function keepBill(
  { DB }: Pick<Env, 'DB'>,
  { accountId, sealed }: DueBill,
  { identity, keySinceMs, invoice, days, nextAtMs }: ReadBill,
  nowMs: number,
): Promise<void> {
  const rows = (days ?? []).map(({ hours, ...day }) => ({ ...day, hours: JSON.stringify(hours) }))
  const isSame = `EXISTS (SELECT 1 FROM management_keys WHERE account_id = ?1 AND sealed = ?2)`
  await DB.batch([
    DB.prepare(
      `INSERT INTO bill_days (account_id, day_ms, read_at_ms, hours, is_cut)
       SELECT ?1, one.value ->> 'dayMs', one.value ->> 'readAtMs', one.value ->> 'hours', one.value ->> 'isCut'
       FROM json_each(?3) AS one WHERE ${isSame}
       ON CONFLICT (account_id, day_ms) DO UPDATE SET read_at_ms = excluded.read_at_ms, hours = excluded.hours, is_cut = excluded.is_cut`,
    ).bind(accountId, sealed, JSON.stringify(rows)),
    DB.prepare('DELETE FROM bill_days WHERE account_id = ?1 AND day_ms < ?2').bind(
      accountId,
      nowMs - KEPT_DAYS * DAY_MS,
    ),
    DB.prepare(
      `UPDATE management_keys SET problem = NULL, invoice = ?3, key_id = ?4, key_since_ms = ?5, next_at_ms = ?6,
         read_at_ms = iif(?7, ?8, read_at_ms) WHERE account_id = ?1 AND sealed = ?2`,
    ).bind(
      accountId,
      sealed,
      JSON.stringify(invoice),
      identity.keyId,
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
    `SELECT day_ms AS dayMs, read_at_ms AS readAtMs, hours, is_cut AS isCut FROM bill_days
     WHERE account_id = ?1 AND day_ms >= ?2 AND day_ms < ?3 ORDER BY day_ms`,
  )
    .bind(accountId, fromMs, beforeMs)
    .all<Omit<DayBill, 'hours' | 'isCut'> & { hours: string; isCut: number }>()
  return results.map(({ hours, isCut, ...day }) => ({
    ...day,
    isCut: isCut === 1,
    hours: JSON.parse(hours) as DayBill['hours'],
  }))
}
