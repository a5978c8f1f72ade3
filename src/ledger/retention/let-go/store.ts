import type { Env } from '../../../env.ts'
import { NOTHING_COMES_AFTER_MS } from '../../store.ts'
import { firstUuid } from '../../../http/uuid.ts'
import { DAY_MS } from '../../../http/time.ts'
import { LET_GO } from './sql.ts'

/** Rows of an account that follow one another: from one id to another, both of them included. */
export interface Stretch {
  fromId: string
  toId: string
  rows: number
  /** What tells whether one of them has changed since: see `fingerprintOf`. */
  fingerprint: string
}

/** From when and until when its rows may be, and what time it is. */
export interface StretchTimes {
  fromMs: number
  beforeMs: number
  nowMs: number
}

/** Ids from here on may come once more: by a queue, or as the row of a request that was thought lost. */
export const youngFrom = (nowMs: number): string =>
  firstUuid(nowMs - NOTHING_COMES_AFTER_MS - DAY_MS)

/** What was given up while its own row may still come stays until that has come. `young`: as `youngFrom`. */
export const mayGo = (young: string): string => `NOT (outcome = 'lost' AND id >= ${young})`

/** The rows of an account (?1) that may go, from an id (?2) up to the one before another (?3). */
export const GOING = `account_id = ?1 AND id >= ?2 AND id < ?3 AND ${mayGo('?4')}`

const FINGERPRINT = `count(*) || '/' || sum(times) || '/' || ifnull(sum(cost_ticks), 0) || '/' || sum(outcome = 'lost')`

/** The same of rows that were read. */
export function fingerprintOf(
  rows: readonly { times: number; costTicks: number | null; outcome: string }[],
): string {
  const sum = (value: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + value(row), 0)
  const ticks = sum((row) => row.costTicks ?? 0)
  const lost = sum((row) => Number(row.outcome === 'lost'))
  return [rows.length, sum((row) => row.times), ticks, lost].join('/')
}

/** The oldest rows of an account between two moments, so many at the most; null: none. */
export async function oldestStretch(
  ledger: D1Database,
  accountId: string,
  { fromMs, beforeMs, nowMs }: StretchTimes,
  most: number,
): Promise<Stretch | null> {
  const found = await ledger
    .prepare(
      `SELECT min(id) AS fromId, max(id) AS toId, count(*) AS "rows", ${FINGERPRINT} AS fingerprint FROM (
         SELECT id, times, cost_ticks, outcome FROM requests WHERE ${GOING} ORDER BY id LIMIT ?5)`,
    )
    .bind(accountId, firstUuid(fromMs), firstUuid(beforeMs), youngFrom(nowMs), most)
    .first<Stretch>()
  return found === null || found.rows === 0 ? null : found
}

// ?1 account, ?2 and ?3 the stretch, ?4 as `youngFrom`, ?5 its fingerprint: where a row has come in between, or has
// changed, none goes, and the next run takes it as it is then.
const STRETCH = `account_id = ?1 AND id >= ?2 AND id <= ?3 AND ${mayGo('?4')}`
const OF_STRETCH = `FROM requests WHERE ${STRETCH} AND (SELECT ${FINGERPRINT} FROM requests WHERE ${STRETCH}) = ?5`

const NAMES = Object.keys(LET_GO)

const REMEMBER = `INSERT INTO let_go (account_id, day_ms, ${NAMES.join(', ')})
SELECT account_id, at_ms - at_ms % ${DAY_MS}, ${Object.values(LET_GO).join(', ')} ${OF_STRETCH} GROUP BY 1, 2
ON CONFLICT (account_id, day_ms) DO UPDATE SET
${NAMES.map((name) => `${name} = let_go.${name} + excluded.${name}`).join(', ')}`
const BURY = `INSERT INTO tombstones (id) SELECT id ${OF_STRETCH} AND id >= ?4 ON CONFLICT DO NOTHING`
const DELETE = `DELETE ${OF_STRETCH} RETURNING 1`

/** Deletes a stretch of rows, whose sums stay, all of it or nothing. Returns how many went. */
export async function letGo(
  ledger: D1Database,
  accountId: string,
  { fromId, toId, fingerprint }: Stretch,
  nowMs: number,
): Promise<number> {
  const [, , deleted] = await ledger.batch(
    [REMEMBER, BURY, DELETE].map((sql) =>
      ledger.prepare(sql).bind(accountId, fromId, toId, youngFrom(nowMs), fingerprint),
    ),
  )
  return deleted?.results.length ?? 0
}

const FORGOTTEN_AT_ONCE = 5_000

/** Forgets ids of rows whose messages do not come any more. Whether there are more. */
export async function dropTombstones({ LEDGER }: Env, nowMs: number): Promise<boolean> {
  const { results } = await LEDGER.prepare(
    `DELETE FROM tombstones WHERE id IN (
       SELECT id FROM tombstones WHERE id < ?1 ORDER BY id LIMIT ${FORGOTTEN_AT_ONCE}) RETURNING 1`,
  )
    .bind(youngFrom(nowMs))
    .all()
  return results.length === FORGOTTEN_AT_ONCE
}
