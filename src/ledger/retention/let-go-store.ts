import type { Env } from '../../env.ts'
import { NOTHING_COMES_AFTER_MS } from '../store.ts'
import { firstUuid } from '../../http/uuid.ts'
import { DAY_MS } from '../../http/time.ts'
import { LET_GO } from './let-go-sql.ts'

/** Consecutive rows of an account, from one id to another, both included. */
export interface Stretch {
  fromId: string
  toId: string
  rows: number
  /** Changes if one of the rows changes; see `fingerprintOf`. */
  fingerprint: string
}

/** The range of the rows' times, and the current time. */
export interface StretchTimes {
  fromMs: number
  beforeMs: number
  nowMs: number
}

/** Ids from here on may be written once more: from a queue, or as the row of a request that was recorded as lost. */
export const youngFrom = (nowMs: number): string =>
  firstUuid(nowMs - NOTHING_COMES_AFTER_MS - DAY_MS)

/** A lost row stays for as long as the request's own row may still come. `young`: see `youngFrom`. */
export const mayGo = (young: string): string => `NOT (outcome = 'lost' AND id >= ${young})`

/** The rows of an account (?1) that may be pruned, from id ?2 (included) to id ?3 (excluded). ?4: see `youngFrom`. */
export const GOING = `account_id = ?1 AND id >= ?2 AND id < ?3 AND ${mayGo('?4')}`

const FINGERPRINT = `count(*) || '/' || sum(times) || '/' || ifnull(sum(cost_ticks), 0) || '/' || sum(outcome = 'lost')`

/** FINGERPRINT, computed from rows in JavaScript. */
export function fingerprintOf(
  rows: readonly { times: number; costTicks: number | null; outcome: string }[],
): string {
  const sum = (value: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + value(row), 0)
  const ticks = sum((row) => row.costTicks ?? 0)
  const lost = sum((row) => Number(row.outcome === 'lost'))
  return [rows.length, sum((row) => row.times), ticks, lost].join('/')
}

/** The oldest rows of an account between two moments, at most `most`. Null: none. */
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

// ?1: account. ?2, ?3: the stretch. ?4: see `youngFrom`. ?5: the stretch's fingerprint. If a row was added or changed
// since, nothing is deleted, and the next run reads the stretch again.
const STRETCH = `account_id = ?1 AND id >= ?2 AND id <= ?3 AND ${mayGo('?4')}`
const OF_STRETCH = `FROM requests WHERE ${STRETCH} AND (SELECT ${FINGERPRINT} FROM requests WHERE ${STRETCH}) = ?5`

const NAMES = Object.keys(LET_GO)

const REMEMBER = `INSERT INTO let_go (account_id, day_ms, ${NAMES.join(', ')})
SELECT account_id, at_ms - at_ms % ${DAY_MS}, ${Object.values(LET_GO).join(', ')} ${OF_STRETCH} GROUP BY 1, 2
ON CONFLICT (account_id, day_ms) DO UPDATE SET
${NAMES.map((name) => `${name} = let_go.${name} + excluded.${name}`).join(', ')}`
const BURY = `INSERT INTO tombstones (id) SELECT id ${OF_STRETCH} AND id >= ?4 ON CONFLICT DO NOTHING`
const DELETE = `DELETE ${OF_STRETCH} RETURNING 1`

/** Deletes a stretch of rows, all or none; their sums stay. Returns how many were deleted. */
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

/** Deletes tombstones whose messages can no longer arrive. Returns whether there are more. */
export async function dropTombstones({ LEDGER }: Env, nowMs: number): Promise<boolean> {
  const { results } = await LEDGER.prepare(
    `DELETE FROM tombstones WHERE id IN (
       SELECT id FROM tombstones WHERE id < ?1 ORDER BY id LIMIT ${FORGOTTEN_AT_ONCE}) RETURNING 1`,
  )
    .bind(youngFrom(nowMs))
    .all()
  return results.length === FORGOTTEN_AT_ONCE
}
