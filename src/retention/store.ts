import { everyAccountOf } from '../ledger/sql.ts'
import { firstUuid, timeOfUuid } from '../ledger/uuid.ts'
import type * as schema from '../schema/ledger.ts'
import { dayOf, startOfDay } from './day.ts'
import { GOING, mayGo, youngFrom } from './let-go.ts'
import { DAY_MS } from '../time.ts'

/** The accounts that have rows from before a moment which may go, found by their first ones. */
export async function accountsWithOldRows(
  ledger: D1Database,
  beforeMs: number,
  nowMs: number,
): Promise<string[]> {
  const { results } = await ledger
    .prepare(
      `WITH RECURSIVE ${everyAccountOf('requests')} SELECT id FROM accounts
       WHERE EXISTS (SELECT 1 FROM requests WHERE account_id = accounts.id AND id < ?1
         AND ${mayGo('?2')})`,
    )
    .bind(firstUuid(beforeMs), youngFrom(nowMs))
    .all<{ id: string }>()
  return results.map((row) => row.id)
}

/** The days before a moment on which an account has rows, save those brought back for a while. */
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

/** From now on, the sums before this moment stand without their rows. */
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

const ERASE_ROWS = 5_000

/** Deletes all rows of an account, in bounded steps. */
async function eraseRows(ledger: D1Database, accountId: string): Promise<void> {
  const statement = ledger
    .prepare(
      `DELETE FROM requests WHERE account_id = ?1 AND id IN (
         SELECT id FROM requests WHERE account_id = ?1 ORDER BY id LIMIT ?2) RETURNING 1`,
    )
    .bind(accountId, ERASE_ROWS)
  for (;;) {
    const { results } = await statement.all()
    if (results.length < ERASE_ROWS) return
  }
}

/** Asks for everything of an account to go. It does as soon as the account itself is gone. */
export async function requestErasure(
  ledger: D1Database,
  accountId: string,
  nowMs: number,
): Promise<void> {
  await ledger
    .prepare(
      `INSERT INTO erasures VALUES (?1, ?2)
       ON CONFLICT (account_id) DO UPDATE SET requested_at_ms = excluded.requested_at_ms`,
    )
    .bind(accountId, nowMs)
    .run()
}

/** Those that were asked for since a moment. */
export async function listErasures(
  ledger: D1Database,
  sinceMs: number,
): Promise<{ accountId: string; requestedAtMs: number }[]> {
  const { results } = await ledger
    .prepare(
      `SELECT account_id AS accountId, requested_at_ms AS requestedAtMs FROM erasures
       WHERE requested_at_ms >= ?1`,
    )
    .bind(sinceMs)
    .all<{ accountId: string; requestedAtMs: number }>()
  return results
}

export async function dropErasure(ledger: D1Database, accountId: string): Promise<void> {
  await ledger.prepare('DELETE FROM erasures WHERE account_id = ?1').bind(accountId).run()
}

type Tables = typeof schema
/** The name of each table of the ledger that says whose its rows are. */
type OwnedTable = {
  [Key in keyof Tables]: Tables[Key] extends { accountId: unknown }
    ? Tables[Key]['_']['name']
    : never
}[keyof Tables]

/**
 * How each of them loses an account's rows; a table that is missing here does not compile. In the order
 * in which they do: that sums go is noted in `unfolded` as a change of theirs.
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
  requests: 'in steps',
  erasures: 'by the job',
}

const ERASE_OWNED = Object.entries(ERASED)
  .filter(([, how]) => how === 'at once')
  .map(([table]) => `DELETE FROM ${table} WHERE account_id = ?1`)

/** What says only inside of its JSON whose it is. */
const ERASE_MESSAGES = [
  `DELETE FROM open_requests WHERE entry ->> '$.accountId' = ?1`,
  // What goes with the account is dealt with: it must not count as waiting for ever.
  `UPDATE writers SET written = written + (SELECT count(*) FROM dead_letters
     WHERE writer_id = writers.id AND message ->> '$.entry.accountId' = ?1)
   WHERE id IN (SELECT writer_id FROM dead_letters WHERE message ->> '$.entry.accountId' = ?1)`,
  `DELETE FROM dead_letters WHERE message ->> '$.entry.accountId' = ?1`,
]

/** Deletes what the ledger has of an account, its rows last: they are the most. */
export async function eraseFromLedger(ledger: D1Database, accountId: string): Promise<void> {
  const erase = (statements: readonly string[]): Promise<unknown> =>
    ledger.batch(statements.map((sql) => ledger.prepare(sql).bind(accountId)))
  await erase([...ERASE_OWNED, ...ERASE_MESSAGES])
  await eraseRows(ledger, accountId)
  // What came meanwhile has made sums anew.
  await erase(ERASE_OWNED)
}
