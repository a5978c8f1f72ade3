import { NOTHING_COMES_AFTER_MS } from '../ledger/store.ts'
import { firstUuid } from '../ledger/uuid.ts'
import { DAY_MS } from '../time.ts'
import { LET_GO } from './let-go-sql.ts'

/** Rows of an account that follow one another: from one id to another, both of them included. */
export interface Stretch {
  fromId: string
  toId: string
  rows: number
}

/** What one statement deletes: well below D1's thirty seconds. */
export const STRETCH_ROWS = 5_000

/** The oldest rows of an account between two moments, as many as one statement deletes; null: none. */
export async function oldestStretch(
  ledger: D1Database,
  accountId: string,
  fromMs: number,
  beforeMs: number,
): Promise<Stretch | null> {
  const found = await ledger
    .prepare(
      `SELECT min(id) AS fromId, max(id) AS toId, count(*) AS rows FROM (SELECT id FROM requests
         WHERE account_id = ?1 AND id >= ?2 AND id < ?3 ORDER BY id LIMIT ${STRETCH_ROWS})`,
    )
    .bind(accountId, firstUuid(fromMs), firstUuid(beforeMs))
    .first<Stretch>()
  return found === null || found.rows === 0 ? null : found
}

// ?1 account, ?2 and ?3 the stretch, ?4 its rows: where one has come in between, none goes, and the next run
// takes that one along. ?5: what is younger may come once more.
const OF_STRETCH = `FROM requests WHERE account_id = ?1 AND id >= ?2 AND id <= ?3
  AND (SELECT count(*) FROM requests WHERE account_id = ?1 AND id >= ?2 AND id <= ?3) = ?4`

const NAMES = Object.keys(LET_GO)

const REMEMBER = `INSERT INTO let_go (account_id, day_ms, ${NAMES.join(', ')})
SELECT account_id, at_ms - at_ms % ${DAY_MS}, ${Object.values(LET_GO).join(', ')} ${OF_STRETCH} AND ?5 <> '' GROUP BY 1, 2
ON CONFLICT (account_id, day_ms) DO UPDATE SET
${NAMES.map((name) => `${name} = let_go.${name} + excluded.${name}`).join(', ')}`
const BURY = `INSERT INTO tombstones (id) SELECT id ${OF_STRETCH} AND id >= ?5 ON CONFLICT DO NOTHING`
const DELETE = `DELETE ${OF_STRETCH} AND ?5 <> '' RETURNING 1`

/** Deletes a stretch of rows, whose sums stay, all of it or nothing. Returns how many went. */
export async function letGo(
  ledger: D1Database,
  accountId: string,
  { fromId, toId, rows }: Stretch,
  nowMs: number,
): Promise<number> {
  const young = firstUuid(nowMs - NOTHING_COMES_AFTER_MS - DAY_MS)
  const [, , deleted] = await ledger.batch(
    [REMEMBER, BURY, DELETE].map((sql) =>
      ledger.prepare(sql).bind(accountId, fromId, toId, rows, young),
    ),
  )
  return deleted?.results.length ?? 0
}

const FORGOTTEN_AT_ONCE = 5_000

/** Forgets the ids of rows whose messages do not come any more, a bounded number of them. */
export async function dropTombstones(ledger: D1Database, nowMs: number): Promise<void> {
  await ledger
    .prepare(
      `DELETE FROM tombstones WHERE id IN (
         SELECT id FROM tombstones WHERE id < ?1 ORDER BY id LIMIT ${FORGOTTEN_AT_ONCE})`,
    )
    .bind(firstUuid(nowMs - NOTHING_COMES_AFTER_MS - DAY_MS))
    .run()
}
