// Verifies and rebuilds the hourly sums from their rows. The SQL has no parameters: the command line runs it, too.

import { HISTOGRAMS, type MeasureColumn } from './measures.ts'
import { OTHERS } from './rollups/others.ts'
import { LET_GO } from './retention/let-go-sql.ts'
import { everyAccountOf, quote } from '../schema/sql.ts'
import { firstUuid } from '../http/uuid.ts'

export interface Range {
  fromMs: number
  beforeMs: number
  /** Null: all accounts. */
  accountId: string | null
  /** Include pruned hours. Use it only for days whose rows are all restored. */
  evenPruned: boolean
}

const KEY = 'account_id, hour_ms, token_id, model, label'
const TOKENS = ['input_tokens', 'cached_tokens', 'output_tokens', 'reasoning_tokens'] as const

const byBasis = (basis: string): string => `sum(cost_ticks) FILTER (WHERE cost_basis = '${basis}')`
// A request that fetches a result did not generate it.
const IS_TIMED = `outcome = 'complete' AND output_tokens > 0
  AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results'`
const IS_COMPARED = `cost_basis = 'reported' AND computed_ticks IS NOT NULL`

/** Each sum, defined a second time (see `measures.ts`). */
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
  counted_ticks: 'sum(counted_ticks) FILTER (WHERE cost_ticks IS NULL)',
  uncounted: `sum(times) FILTER (WHERE outcome IN ('refused', 'upstream_refused', 'upstream_unreachable'))`,
  refused: `sum(times) FILTER (WHERE outcome = 'refused')`,
  pass_through_ticks: `sum(cost_ticks) FILTER (WHERE mode = 'pass-through')`,
  lost: `sum(outcome = 'lost')`,
  deferred: `sum(cost_basis = 'deferred')`,
}
const ALL = [KEY, ...Object.keys(FRESH), ...HISTOGRAMS].join(', ')

function accountsOf(table: string, { accountId }: Range): string {
  if (accountId !== null) return `accounts (id) AS (SELECT ${quote(accountId)})`
  return everyAccountOf(table)
}

// Sums outlive their rows, so pruned hours cannot be verified.
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

/** The label in the sums: the row's own, or OTHERS if its hour had reached its limit of requesters. */
const SUMMED_LABEL = `iif(r.in_others, ${quote(OTHERS)}, ifnull(r.label, ''))`

/** `fresh`: the sums computed from the rows without the trigger, so that one proves the other. */
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
      coalesce(r.model, r.requested_model, '') AS model, ${SUMMED_LABEL} AS label, r.times, r.outcome, r.endpoint, r.mode,
      r.cost_basis, r.cost_ticks, r.computed_ticks, r.saved_ticks, r.counted_ticks, r.own_ms, r.first_byte_ms, r.total_ms,
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

/** Redirects, computed from the rows. */
const freshRedirects = (range: Range): string => `SELECT r.account_id AS account_id,
    r.at_ms - r.at_ms % 3600000 AS hour_ms, ifnull(r.requested_model, '') AS requested_model,
    ifnull(r.model, '') AS model, r.token_id AS token_id, ${SUMMED_LABEL} AS label, count(*) AS requests, ifnull(sum(r.cost_ticks), 0) AS cost_ticks
  ${rowsOf(range, 'requests', 'r.at_ms')} WHERE r.redirected = 1 GROUP BY 1, 2, 3, 4, 5, 6`

const storedRedirects = (
  range: Range,
): string => `SELECT ${REDIRECT_KEY.replaceAll(/\w+/g, 's.$&')}, s.requests, s.cost_ticks
  FROM accounts JOIN redirects AS s ON s.account_id = accounts.id
    AND s.hour_ms >= ${range.fromMs} AND s.hour_ms < ${range.beforeMs} AND ${unpruned(range, 's.hour_ms')}`

/** Lists the hours in which sums and rows differ, from both sides. Both ends of the range are full hours. */
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
 * Lists the accounts whose sums of a month differ from their pruned rows (`let_go`) plus the rows of pruned hours
 * that are still there. By month, since compaction turns older sums into daily and then monthly ones. `monthMs`: the
 * month's first moment (UTC).
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

/** Fills empty sums from the rows in one go, for ledgers that were filled without the triggers. */
export const sumUpSql = (range: Range): string =>
  `${freshSums(range)} INSERT INTO rollups (${ALL}) SELECT ${ALL} FROM fresh`

/** Rebuilds the sums of a range from its rows. Run it as one transaction. */
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
