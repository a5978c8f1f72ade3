import { everyAccountOf } from '../../schema/sql.ts'
import { firstUuid, timeOfUuid } from '../../http/uuid.ts'
import type * as schema from '../../schema/ledger.ts'
import { dayOf, startOfDay } from './day.ts'
import { GOING, mayGo, youngFrom } from './let-go-store.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** Accounts tried per turn. More than one, since all old rows of an account may be restored for a while. */
const ACCOUNTS_LOOKED_AT = 3

/**
 * Some of the accounts with prunable rows from before `beforeMs`. In random order, so that an account whose rows
 * cannot be pruned blocks no other.
 */
export async function accountsWithOldRows(
  ledger: D1Database,
  beforeMs: number,
  nowMs: number,
): Promise<string[]> {
  const { results } = await ledger
    .prepare(
      `WITH RECURSIVE ${everyAccountOf('requests')} SELECT id FROM accounts
       WHERE EXISTS (SELECT 1 FROM requests WHERE account_id = accounts.id AND id < ?1
         AND ${mayGo('?2')}) ORDER BY random() LIMIT ${ACCOUNTS_LOOKED_AT}`,
    )
    .bind(firstUuid(beforeMs), youngFrom(nowMs))
    .all<{ id: string }>()
  return results.map((row) => row.id)
}

/** The days before `beforeMs` on which an account has rows, except days restored for a while. */
export async function* oldDays(
  ledger: D1Database,
  accountId: string,
  beforeMs: number,
  nowMs: number,
): AsyncGenerator<string> {
  const { results } = await ledger
    .prepare('SELECT day FROM restored_days WHERE account_id = ?1 AND until_ms > ?2')
    .bind(accountId, nowMs)
    .all<{ day: string }>()
  const restored = new Set(results.map((row) => row.day))
  let fromMs = 0
  for (;;) {
    const first = await ledger
      .prepare(`SELECT id FROM requests WHERE ${GOING} ORDER BY id LIMIT 1`)
      .bind(accountId, firstUuid(fromMs), firstUuid(beforeMs), youngFrom(nowMs))
      .first<string>('id')
    if (first === null) return
    const day = dayOf(timeOfUuid(first))
    if (!restored.has(day)) yield day
    fromMs = startOfDay(day) + DAY_MS
  }
}

/** Notes that the sums before this moment no longer have all their rows. */
export async function notePruned(
  ledger: D1Database,
  accountId: string,
  beforeMs: number,
): Promise<void> {
  await ledger
    .prepare(
      `INSERT INTO pruned (account_id, before_ms) VALUES (?1, ?2)
       ON CONFLICT (account_id) DO UPDATE SET before_ms = max(before_ms, excluded.before_ms)`,
    )
    .bind(accountId, beforeMs)
    .run()
}

const ERASE_ROWS = 2_000

/** Deletes some rows of an account. Returns whether none are left. */
async function eraseRows(ledger: D1Database, accountId: string): Promise<boolean> {
  const { results } = await ledger
    .prepare(
      `DELETE FROM requests WHERE account_id = ?1 AND id IN (
         SELECT id FROM requests WHERE account_id = ?1 ORDER BY id LIMIT ?2) RETURNING 1`,
    )
    .bind(accountId, ERASE_ROWS)
    .all()
  return results.length < ERASE_ROWS
}

/** Requests the erasure of an account's data. It begins once the account itself is deleted. */
export async function requestErasure(
  ledger: D1Database,
  accountId: string,
  nowMs: number,
): Promise<void> {
  await ledger
    .prepare(
      `INSERT INTO erasures (account_id, requested_at_ms) VALUES (?1, ?2)
       ON CONFLICT (account_id) DO UPDATE SET requested_at_ms = excluded.requested_at_ms, erased_at_ms = NULL`,
    )
    .bind(accountId, nowMs)
    .run()
}

// After this long, only stragglers are expected: erase once a day.
const ERASE_OFTEN_MS = 6 * HOUR_MS
/** Less than the time between two runs of the job, so that each run erases what has come since. */
const OFTEN_MS = 240_000

/** A due erasure, in random order, so that one that fails blocks no other. Null: none is due. */
export async function nextErasure(
  ledger: D1Database,
  nowMs: number,
): Promise<{ accountId: string; requestedAtMs: number } | null> {
  return ledger
    .prepare(
      `SELECT account_id AS accountId, requested_at_ms AS requestedAtMs FROM erasures
       WHERE ifnull(erased_at_ms, 0) <= ?1 - iif(requested_at_ms > ?1 - ${ERASE_OFTEN_MS}, ${OFTEN_MS}, ${DAY_MS})
       ORDER BY random() LIMIT 1`,
    )
    .bind(nowMs)
    .first()
}

/** Notes that everything so far is erased. Later arrivals are erased in later turns. */
export async function noteErased(
  ledger: D1Database,
  accountId: string,
  nowMs: number,
): Promise<void> {
  await ledger
    .prepare('UPDATE erasures SET erased_at_ms = ?2 WHERE account_id = ?1')
    .bind(accountId, nowMs)
    .run()
}

export async function dropErasure(ledger: D1Database, accountId: string): Promise<void> {
  await ledger.prepare('DELETE FROM erasures WHERE account_id = ?1').bind(accountId).run()
}

type Tables = typeof schema
/** The name of each ledger table that has an account id. */
type OwnedTable = {
  [Key in keyof Tables]: Tables[Key] extends { accountId: unknown }
    ? Tables[Key]['_']['name']
    : never
}[keyof Tables]

/**
 * The way each table loses an account's rows. A table missing here does not compile. `requests` goes first, in steps,
 * then the others in this order: deleting sums adds to `unfolded`, so `unfolded` comes after `rollups`.
 */
const ERASED: Readonly<Record<OwnedTable, 'at once' | 'in steps' | 'by the job'>> = {
  rollups: 'at once',
  summaries: 'at once',
  unfolded: 'at once',
  works: 'at once',
  redirects: 'at once',
  restored_days: 'at once',
  pruned: 'at once',
  archived: 'at once',
  hour_labels: 'at once',
  let_go: 'at once',
  session_sums: 'at once',
  requests: 'in steps',
  erasures: 'by the job',
}

const ERASE_OWNED = Object.entries(ERASED)
  .filter(([, how]) => how === 'at once')
  .map(([table]) => `DELETE FROM ${table} WHERE account_id = ?1`)

/** Tables that have the account id only inside their JSON. */
const ERASE_MESSAGES = [
  `DELETE FROM open_requests WHERE entry ->> '$.accountId' = ?1`,
  // Dead letters of the account are settled: count them as written, or they count as waiting for ever.
  `UPDATE writers SET written = written + (SELECT count(*) FROM dead_letters
     WHERE writer_id = writers.id AND message ->> '$.entry.accountId' = ?1)
   WHERE id IN (SELECT writer_id FROM dead_letters WHERE message ->> '$.entry.accountId' = ?1)`,
  `DELETE FROM dead_letters WHERE message ->> '$.entry.accountId' = ?1`,
]

/** Erases all data of an account, or as many of its rows as one statement may. Returns whether that was all. */
export async function eraseFromLedger(ledger: D1Database, accountId: string): Promise<boolean> {
  if (!(await eraseRows(ledger, accountId))) return false
  await ledger.batch(
    [...ERASE_OWNED, ...ERASE_MESSAGES].map((sql) => ledger.prepare(sql).bind(accountId)),
  )
  return true
}
