// Sums by session, over the rows that the ledger holds: triggers on `requests` add a row's part with the row and
// take it away with the row. `npm run migrations` writes changes of them into a migration.
import { quote } from '../schema/sql.ts'
import { firstUuid } from '../http/uuid.ts'
import { measureOf, type MeasureColumn, type ReadColumn } from './measures.ts'
import type { Range } from './rebuild.ts'
import type { DatabaseObject } from './sums-sql.ts'
import { HOUR_MS } from '../http/time.ts'

/** Measures of requests that sessions are summed up by. `cost_ticks` is beside them: what is known of the cost. */
const SHARED = [
  'requests',
  'failed',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'saved_ticks',
  'unknown_costs',
] as const satisfies readonly MeasureColumn[]

export const SESSION_SUMS = [...SHARED, 'cost_ticks'] as const
type SessionSum = (typeof SESSION_SUMS)[number]

const addsOf = (name: SessionSum, row: ReadColumn): string =>
  name === 'cost_ticks' ? `ifnull(${row('cost_ticks')}, 0)` : measureOf(name).adds(row)

const of =
  (alias: string): ReadColumn =>
  (column) =>
    `${alias}.${column}`
const [OLD, NEW] = [of('OLD'), of('NEW')]
const hourOf = (row: ReadColumn): string => `${row('at_ms')} - ${row('at_ms')} % ${HOUR_MS}`
const at = (row: ReadColumn): string =>
  `account_id = ${row('account_id')} AND session = ${row('session')}`
const lines = (list: readonly string[]): string => list.join(',\n    ')

/** An index has `last_hour_ms`, so it is written only when it changes: once an hour instead of with each request. */
const ADD = `INSERT INTO session_sums (account_id, session, last_hour_ms, ${SESSION_SUMS.join(', ')})
  SELECT NEW.account_id, NEW.session, ${hourOf(NEW)}, ${SESSION_SUMS.map((name) => addsOf(name, NEW)).join(', ')}
  WHERE NEW.session IS NOT NULL
  ON CONFLICT (account_id, session) DO UPDATE SET
    ${lines(SESSION_SUMS.map((name) => `${name} = ${name} + excluded.${name}`))};
  UPDATE session_sums SET last_hour_ms = ${hourOf(NEW)} WHERE ${at(NEW)} AND last_hour_ms < ${hourOf(NEW)};`

const TAKE_AWAY = `UPDATE session_sums SET
    ${lines(SESSION_SUMS.map((name) => `${name} = ${name} - ${addsOf(name, OLD)}`))}
  WHERE ${at(OLD)};
  DELETE FROM session_sums WHERE ${at(OLD)} AND requests = 0;
  UPDATE session_sums SET last_hour_ms = (SELECT at_ms - at_ms % ${HOUR_MS} FROM requests INDEXED BY requests_by_session
    WHERE ${at(OLD)} ORDER BY id DESC LIMIT 1)
  WHERE ${at(OLD)} AND last_hour_ms = ${hourOf(OLD)}
    AND EXISTS (SELECT 1 FROM requests INDEXED BY requests_by_session WHERE ${at(OLD)});`

const HAS_SESSION = (row: ReadColumn): string => `${row('session')} IS NOT NULL`

/** In the order of creation. */
export const SESSION_OBJECTS: readonly DatabaseObject[] = [
  {
    type: 'trigger',
    name: 'session_of_request',
    sql: `CREATE TRIGGER session_of_request AFTER INSERT ON requests WHEN ${HAS_SESSION(NEW)}
BEGIN
  ${ADD}
END`,
  },
  {
    type: 'trigger',
    name: 'session_of_changed_request',
    // A lost row is found, an estimate is withdrawn.
    sql: `CREATE TRIGGER session_of_changed_request AFTER UPDATE OF session, outcome, cost_basis, cost_ticks ON requests
WHEN ${HAS_SESSION(OLD)} OR ${HAS_SESSION(NEW)}
BEGIN
  ${TAKE_AWAY}
  ${ADD}
END`,
  },
  {
    type: 'trigger',
    name: 'session_of_deleted_request',
    sql: `CREATE TRIGGER session_of_deleted_request AFTER DELETE ON requests WHEN ${HAS_SESSION(OLD)}
BEGIN
  ${TAKE_AWAY}
END`,
  },
]

// The sums a second time, from the rows, so that `verify` proves one by the other.
const FRESH: Readonly<Record<SessionSum, string>> = {
  requests: 'sum(times)',
  failed: `total(times) FILTER (WHERE outcome NOT IN ('complete', 'client_gone'))`,
  input_tokens: 'total(input_tokens)',
  cached_tokens: 'total(cached_tokens)',
  output_tokens: 'total(output_tokens)',
  saved_ticks: 'total(saved_ticks)',
  unknown_costs: `sum(cost_basis = 'unknown')`,
  cost_ticks: 'total(cost_ticks)',
}
const KEY = 'account_id, session'
const LIST = [KEY, 'last_hour_ms', ...SESSION_SUMS].join(', ')

const accountIs = ({ accountId }: Range): string =>
  accountId === null ? 'true' : `account_id = ${quote(accountId)}`

/** Every session with a row or a sum in the range. */
const touched = (range: Range): string => `SELECT DISTINCT ${KEY} FROM requests
    WHERE session IS NOT NULL AND id >= ${quote(firstUuid(range.fromMs))} AND id < ${quote(firstUuid(range.beforeMs))} AND ${accountIs(range)}
  UNION SELECT ${KEY} FROM session_sums
    WHERE last_hour_ms >= ${range.fromMs} AND last_hour_ms < ${range.beforeMs} AND ${accountIs(range)}`

const fresh = (range: Range): string => `WITH touched AS MATERIALIZED (${touched(range)}),
  fresh AS (SELECT r.account_id, r.session, max(r.at_ms - r.at_ms % ${HOUR_MS}) AS last_hour_ms,
    ${SESSION_SUMS.map((name) => `CAST(ifnull(${FRESH[name]}, 0) AS INTEGER) AS ${name}`).join(', ')}
    FROM touched CROSS JOIN requests AS r INDEXED BY requests_by_session
      ON r.account_id = touched.account_id AND r.session = touched.session GROUP BY 1, 2)`

/** The sessions whose sums are not those of their rows. */
export const verifySessionsSql = (range: Range): string => `${fresh(range)},
  stored AS (SELECT ${LIST} FROM session_sums WHERE (${KEY}) IN (SELECT ${KEY} FROM touched))
SELECT account_id, session, requests, 'in rows' AS side FROM (SELECT ${LIST} FROM fresh EXCEPT SELECT ${LIST} FROM stored)
UNION ALL
SELECT account_id, session, requests, 'in sums' FROM (SELECT ${LIST} FROM stored EXCEPT SELECT ${LIST} FROM fresh)
ORDER BY 1, 2 LIMIT 1000`

/** Rebuilds the sums of the sessions of a range. Run it as one transaction. */
export const rebuildSessionsSql = (range: Range): string[] => [
  `${fresh(range)} INSERT OR REPLACE INTO session_sums (${LIST}) SELECT ${LIST} FROM fresh`,
  `WITH touched AS MATERIALIZED (${touched(range)}) DELETE FROM session_sums WHERE (${KEY}) IN (
    SELECT ${KEY} FROM touched WHERE NOT EXISTS (SELECT 1 FROM requests AS r
      WHERE r.account_id = touched.account_id AND r.session = touched.session))`,
]
