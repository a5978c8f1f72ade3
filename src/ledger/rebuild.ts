// The hourly sums held against the rows they are sums of. The SQL is complete as it is, for whoever runs
// it: the command line, and tests.

import { everyAccountOf, quote } from './sql.ts'
import { firstUuid } from './uuid.ts'

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
const BASES = ['reported', 'computed', 'estimated'] as const

function accountsOf(table: string, { accountId }: Range): string {
  if (accountId !== null) return `accounts (id) AS (SELECT ${quote(accountId)})`
  return everyAccountOf(table)
}

// Sums outlive their rows; what is pruned cannot be held against them.
const unpruned = ({ evenPruned }: Range, ms: string): string =>
  evenPruned
    ? 'TRUE'
    : `${ms} >= ifnull((SELECT before_ms FROM pruned WHERE account_id = accounts.id), 0)`

function rowsOf(range: Range): string {
  return `FROM accounts JOIN requests AS r ON r.account_id = accounts.id
      AND r.id >= ${quote(firstUuid(range.fromMs))} AND r.id < ${quote(firstUuid(range.beforeMs))}
      AND ${unpruned(range, 'r.at_ms')}`
}

const rollupsOf = (range: Range): string =>
  `FROM accounts JOIN rollups AS s ON s.account_id = accounts.id
      AND s.hour_ms >= ${range.fromMs} AND s.hour_ms < ${range.beforeMs} AND ${unpruned(range, 's.hour_ms')}`

/** `fresh`: the sums of the rows, made without the trigger that keeps them, so that one proves the other. */
function freshSums(range: Range): string {
  const histogram = (column: string): string => `
    SELECT ${KEY}, json_group_object(bucket, n) AS histogram FROM (
      SELECT ${KEY}, CAST(CAST(ln(max(${column}, 1)) / ln(1.1) AS INTEGER) AS TEXT) AS bucket, count(*) AS n
      FROM keyed WHERE ${column} IS NOT NULL AND outcome <> 'lost' GROUP BY ${KEY}, bucket)
    GROUP BY ${KEY}`
  return `WITH RECURSIVE ${accountsOf('requests', range)},
  keyed AS MATERIALIZED (
    SELECT r.account_id, r.at_ms - r.at_ms % 3600000 AS hour_ms, r.token_id,
      coalesce(r.model, r.requested_model, '') AS model, coalesce(r.label, '') AS label, r.outcome,
      ${TOKENS.map((name) => `r.${name}`).join(', ')}, r.cost_ticks, r.cost_basis, r.first_byte_ms, r.total_ms
    ${rowsOf(range)}),
  sums AS MATERIALIZED (
    SELECT ${KEY}, count(*) AS requests,
      sum(outcome NOT IN ('complete', 'client_gone')) AS failed, sum(outcome = 'client_gone') AS aborted,
      ${TOKENS.map((name) => `ifnull(sum(${name}), 0)`).join(', ')},
      ${BASES.map((basis) => `ifnull(sum(cost_ticks) FILTER (WHERE cost_basis = '${basis}'), 0)`).join(', ')},
      sum(cost_basis = 'unknown')
    FROM keyed GROUP BY ${KEY}),
  first_byte AS MATERIALIZED (${histogram('first_byte_ms')}),
  total AS MATERIALIZED (${histogram('total_ms')}),
  fresh AS (
    SELECT sums.*, ifnull(first_byte.histogram, '{}'), ifnull(total.histogram, '{}')
    FROM sums LEFT JOIN first_byte USING (${KEY}) LEFT JOIN total USING (${KEY}))`
}

/** Lists the hours whose sums are not those of their rows, from either side. Both ends are full hours. */
export function verifySql(range: Range): string {
  return `${freshSums(range)},
  stored AS (SELECT s.* ${rollupsOf(range)})
SELECT account_id, hour_ms, model, label, requests, 'in rows' AS side FROM (SELECT * FROM fresh EXCEPT SELECT * FROM stored)
UNION ALL
SELECT account_id, hour_ms, model, label, requests, 'in sums' FROM (SELECT * FROM stored EXCEPT SELECT * FROM fresh)
ORDER BY 2, 1 LIMIT 1000`
}

/** Fills empty sums from the rows in one go, for ledgers that were made without their triggers. */
export const sumUpSql = (range: Range): string =>
  `${freshSums(range)} INSERT INTO rollups SELECT * FROM fresh`

/** Makes the sums of a range anew from its rows. To be run as one transaction. */
export function rebuildSql(range: Range): string[] {
  return [
    `WITH RECURSIVE ${accountsOf('rollups', range)}
DELETE FROM rollups WHERE (${KEY}) IN (SELECT ${KEY.replaceAll(/\w+/g, 's.$&')} ${rollupsOf(range)})`,
    `WITH RECURSIVE ${accountsOf('requests', range)}
INSERT INTO rolled_up SELECT r.* ${rowsOf(range)}`,
  ]
}
