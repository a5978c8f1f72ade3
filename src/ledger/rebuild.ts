// The hourly sums held against the rows they are sums of. The SQL is complete as it is, for whoever runs
// it: the command line, and tests.

import { HISTOGRAMS, type MeasureColumn } from './measures.ts'
import { OTHERS } from './rollups/others.ts'
import { LET_GO } from './retention/let-go/sql.ts'
import { everyAccountOf, quote } from '../schema/sql.ts'
import { firstUuid } from '../http/uuid.ts'

export interface Range {
  fromMs: number
  beforeMs: number
  /** Null: every account. */
  accountId: string | null
  /** Also where rows have been pruned; only for days whose rows are all back. */
  evenPruned: boolean
}

const KEY = 'account_id, hour_ms, token_id, model, label'
const TOKENS = ['input_tokens', 'cached_tokens', 'output_tokens', 'reasoning_tokens'] as const

const byBasis = (basis: string): string => `sum(cost_ticks) FILTER (WHERE cost_basis = '${basis}')`
// What fetches a result did not make it.
const IS_TIMED = `outcome = 'complete' AND output_tokens > 0
  AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results'`
const IS_COMPARED = `cost_basis = 'reported' AND computed_ticks IS NOT NULL`

/** What each sum is of, said a second time. */
const FRESH: Record<MeasureColumn, string> = {
  requests: 'sum(times)',
  failed: `sum(times) FILTER (WHERE outcome NOT IN ('complete', 'client_gone'))`,
  aborted: `sum(outcome = 'client_gone')`,
  input_tokens: 'sum(input_tokens)',
  cached_tokens: 'sum(cached_tokens)',
  output_tokens: 'sum(output_tokens)',
  reasoning_tokens: 'sum(reasoning_tokens)',
  reported_ticks: byBasis('reported'),
  computed_ticks: byBasis('computed'),
  estimated_ticks: byBasis('estimated'),
  unknown_costs: `sum(cost_basis = 'unknown')`,
  own_ms: `sum(own_ms) FILTER (WHERE outcome <> 'lost')`,
  timed_tokens: `sum(output_tokens) FILTER (WHERE ${IS_TIMED})`,
  timed_ms: `sum(total_ms) FILTER (WHERE ${IS_TIMED})`,
  compared_ticks: `sum(cost_ticks) FILTER (WHERE ${IS_COMPARED})`,
  listed_ticks: `sum(computed_ticks) FILTER (WHERE ${IS_COMPARED})`,
  saved_ticks: 'sum(saved_ticks)',
  timed_requests: `sum(outcome <> 'lost')`,
  compared_requests: `sum(${IS_COMPARED})`,
}
const ALL = [KEY, ...Object.keys(FRESH), ...HISTOGRAMS].join(', ')

function accountsOf(table: string, { accountId }: Range): string {
  if (accountId !== null) return `accounts (id) AS (SELECT ${quote(accountId)})`
  return everyAccountOf(table)
}

// Sums outlive their rows; what is pruned cannot be held against them.
const unpruned = ({ evenPruned }: Range, ms: string): string =>
  evenPruned
    ? 'TRUE'
    : `${ms} >= ifnull((SELECT before_ms FROM pruned WHERE account_id = accounts.id), 0)`

function rowsOf(range: Range, from: 'requests' | 'rolled_up', ms: string): string {
  return `FROM accounts JOIN ${from} AS r ON r.account_id = accounts.id
      AND r.id >= ${quote(firstUuid(range.fromMs))} AND r.id < ${quote(firstUuid(range.beforeMs))}
      AND ${unpruned(range, ms)}`
}

const rollupsOf = (range: Range): string =>
  `FROM accounts JOIN rollups AS s ON s.account_id = accounts.id
      AND s.hour_ms >= ${range.fromMs} AND s.hour_ms < ${range.beforeMs} AND ${unpruned(range, 's.hour_ms')}`

/** Under which label a row is in the sums: its own, unless it came after as many others as an hour may have. */
const SUMMED_LABEL = `iif(r.in_others, ${quote(OTHERS)}, ifnull(r.label, ''))`

/** `fresh`: the sums of the rows, made without the trigger that keeps them, so that one proves the other. */
function freshSums(range: Range): string {
  const histogram = (column: string): string => `
    SELECT ${KEY}, json_group_object(bucket, n) AS histogram FROM (
      SELECT ${KEY}, CAST(CAST(ln(max(${column}, 1)) / ln(1.1) AS INTEGER) AS TEXT) AS bucket, count(*) AS n
      FROM told WHERE ${column} IS NOT NULL AND outcome <> 'lost' GROUP BY ${KEY}, bucket)
    GROUP BY ${KEY}`
  const sums = Object.entries(FRESH).map(([name, sql]) => `ifnull(${sql}, 0) AS ${name}`)
  return `WITH RECURSIVE ${accountsOf('requests', range)},
  told AS MATERIALIZED (
    SELECT r.account_id, r.at_ms - r.at_ms % 3600000 AS hour_ms, r.token_id,
      coalesce(r.model, r.requested_model, '') AS model, ${SUMMED_LABEL} AS label, r.times, r.outcome, r.endpoint,
      r.cost_basis, r.cost_ticks, r.computed_ticks, r.saved_ticks, r.own_ms, r.first_byte_ms, r.total_ms,
      ${TOKENS.map((name) => `r.${name}`).join(', ')}
    ${rowsOf(range, 'requests', 'r.at_ms')}),
  sums AS MATERIALIZED (SELECT ${KEY}, ${sums.join(', ')} FROM told GROUP BY ${KEY}),
  first_byte AS MATERIALIZED (${histogram('first_byte_ms')}),
  total AS MATERIALIZED (${histogram('total_ms')}),
  fresh AS (
    SELECT ${KEY}, ${Object.keys(FRESH).join(', ')}, ifnull(first_byte.histogram, '{}') AS first_byte_histogram,
      ifnull(total.histogram, '{}') AS total_histogram
    FROM sums LEFT JOIN first_byte USING (${KEY}) LEFT JOIN total USING (${KEY}))`
}

const REDIRECT_KEY = 'account_id, hour_ms, requested_model, model, token_id, label'

/** What was answered by another model than was asked for, by the rows. */
const freshRedirects = (range: Range): string => `SELECT r.account_id AS account_id,
    r.at_ms - r.at_ms % 3600000 AS hour_ms, ifnull(r.requested_model, '') AS requested_model,
    ifnull(r.model, '') AS model, r.token_id AS token_id, ${SUMMED_LABEL} AS label, count(*) AS requests, ifnull(sum(r.cost_ticks), 0) AS cost_ticks
  ${rowsOf(range, 'requests', 'r.at_ms')} WHERE r.redirected = 1 GROUP BY 1, 2, 3, 4, 5, 6`

const storedRedirects = (
  range: Range,
): string => `SELECT ${REDIRECT_KEY.replaceAll(/\w+/g, 's.$&')}, s.requests, s.cost_ticks
  FROM accounts JOIN redirects AS s ON s.account_id = accounts.id
    AND s.hour_ms >= ${range.fromMs} AND s.hour_ms < ${range.beforeMs} AND ${unpruned(range, 's.hour_ms')}`

/** Lists the hours whose sums are not those of their rows, from either side. Both ends are full hours. */
export function verifySql(range: Range): string {
  return `${freshSums(range)},
  stored AS (SELECT ${ALL} ${rollupsOf(range)}),
  fresh_redirects AS (${freshRedirects(range)}), stored_redirects AS (${storedRedirects(range)})
SELECT account_id, hour_ms, model, label, requests, 'in rows' AS side FROM (SELECT ${ALL} FROM fresh EXCEPT SELECT ${ALL} FROM stored)
UNION ALL
SELECT account_id, hour_ms, model, label, requests, 'in sums' FROM (SELECT ${ALL} FROM stored EXCEPT SELECT ${ALL} FROM fresh)
UNION ALL
SELECT account_id, hour_ms, model, label, requests, 'in redirected rows'
  FROM (SELECT * FROM fresh_redirects EXCEPT SELECT * FROM stored_redirects)
UNION ALL
SELECT account_id, hour_ms, model, label, requests, 'in redirects'
  FROM (SELECT * FROM stored_redirects EXCEPT SELECT * FROM fresh_redirects)
ORDER BY 2, 1 LIMIT 1000`
}

/**
 * Says where the sums of a month are not those of the rows that were let go, by what was noted of these as
 * they went, and of those that are still there. By the month: older sums are kept by the day, then by the
 * month. `monthMs` is its first moment (UTC).
 */
export function verifyLetGoSql(monthMs: number): string {
  const at = new Date(monthMs)
  const endMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
  const names = Object.keys(LET_GO)
  const list = names.join(', ')
  const add = names.map((name) => `ifnull(sum(${name}), 0) AS ${name}`).join(', ')
  return `WITH stored AS (
    SELECT p.account_id, ${names.map((name) => `s.${name}`).join(', ')}
    FROM pruned AS p CROSS JOIN rollups AS s ON s.account_id = p.account_id
      AND s.hour_ms >= ${monthMs} AND s.hour_ms < min(p.before_ms, ${endMs})),
  gone AS (
    SELECT p.account_id, ${names.map((name) => `g.${name}`).join(', ')}
    FROM pruned AS p CROSS JOIN let_go AS g ON g.account_id = p.account_id
      AND g.day_ms >= ${monthMs} AND g.day_ms < ${endMs}
    UNION ALL
    SELECT p.account_id, ${Object.values(LET_GO).join(', ')}
    FROM pruned AS p CROSS JOIN requests AS r ON r.account_id = p.account_id
      AND r.id >= ${quote(firstUuid(monthMs))} AND r.id < ${quote(firstUuid(endMs))} AND r.at_ms < p.before_ms GROUP BY 1),
  sums AS (SELECT account_id, ${add} FROM stored GROUP BY 1),
  let AS (SELECT account_id, ${add} FROM gone GROUP BY 1 HAVING sum(requests) > 0)
SELECT account_id, requests, 'in rows let go' AS side FROM (SELECT account_id, ${list} FROM let EXCEPT SELECT account_id, ${list} FROM sums)
UNION ALL
SELECT account_id, requests, 'in sums without rows' FROM (SELECT account_id, ${list} FROM sums EXCEPT SELECT account_id, ${list} FROM let)
ORDER BY 1 LIMIT 1000`
}

/** Fills empty sums from the rows in one go, for ledgers that were made without their triggers. */
export const sumUpSql = (range: Range): string =>
  `${freshSums(range)} INSERT INTO rollups (${ALL}) SELECT ${ALL} FROM fresh`

/** Makes the sums of a range anew from its rows. To be run as one transaction. */
export function rebuildSql(range: Range): string[] {
  return [
    `WITH RECURSIVE ${accountsOf('hour_labels', range)}
DELETE FROM hour_labels WHERE (account_id, hour_ms) IN (SELECT s.account_id, s.hour_ms
  FROM accounts JOIN hour_labels AS s ON s.account_id = accounts.id
    AND s.hour_ms >= ${range.fromMs} AND s.hour_ms < ${range.beforeMs} AND ${unpruned(range, 's.hour_ms')})`,
    `WITH RECURSIVE ${accountsOf('rollups', range)}
DELETE FROM rollups WHERE (${KEY}) IN (SELECT ${KEY.replaceAll(/\w+/g, 's.$&')} ${rollupsOf(range)})`,
    `WITH RECURSIVE ${accountsOf('requests', range)}
INSERT INTO rolled_up SELECT r.* ${rowsOf(range, 'rolled_up', 'r.hour_ms')}`,
    `WITH RECURSIVE ${accountsOf('redirects', range)}
DELETE FROM redirects WHERE (${REDIRECT_KEY}) IN (
  SELECT ${REDIRECT_KEY} FROM (${storedRedirects(range)}))`,
    `WITH RECURSIVE ${accountsOf('requests', range)}
INSERT INTO redirects (${REDIRECT_KEY}, requests, cost_ticks) ${freshRedirects(range)}`,
  ]
}
