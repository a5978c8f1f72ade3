import { columnOf, FIELDS } from './columns.ts'
import type { LedgerMessage } from './message.ts'
import { columnSql } from './async-jobs/sql.ts'

const NAMES = FIELDS.map((field) => columnOf(field).sql)
const KEY = ['account_id', 'id']

/** The writer of the rows of requests that never ended. */
export const MARKS = 'marks'

/**
 * A request that was given up gives way to its own row, should that come after all; a row that stands for
 * several to one that stands for more.
 */
const FOUND = `requests.outcome = 'lost' AND excluded.outcome <> 'lost'
  OR excluded.times > requests.times AND requests.outcome = excluded.outcome`

/**
 * Inserts the entries of a query (`value`, JSON; its `work`; whether it had been `marked`): one JSON
 * parameter for any number of rows is not bound by D1's limit of 100. What is there already stays. The conflict is named rather than OR
 * IGNORE, which would also override what the triggers do on conflict.
 */
const insertEntriesSql = (query: string, condition = 'true'): string =>
  `INSERT INTO requests (${NAMES.join(', ')})
SELECT ${FIELDS.map(columnSql).join(', ')} FROM (${query}) AS e WHERE ${condition}
ON CONFLICT (account_id, id) DO UPDATE SET
${NAMES.filter((name) => !KEY.includes(name))
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')} WHERE ${FOUND}`

/** Of rows that were written before: a JSON array of entries, as SQL says it. */
export const restoreEntriesSql = (array: string): string =>
  insertEntriesSql(`SELECT value, NULL AS work, 0 AS marked FROM json_each(${array})`)

// In each statement below, ?1 is a JSON array of messages.
const ofKind = (kind: LedgerMessage['kind']): string =>
  `FROM json_each(?1) WHERE value ->> '$.kind' = '${kind}'`
/** Its row was let go before it came again. */
const IS_BURIED = `EXISTS (SELECT 1 FROM tombstones WHERE id = value ->> '$.entry.id')`
const ROW_OF_MESSAGE = `FROM requests AS r
  WHERE r.account_id = value ->> '$.entry.accountId' AND r.id = value ->> '$.entry.id'`

export const INSERT_ENTRIES = insertEntriesSql(
  `SELECT value -> '$.entry' AS value, value -> '$.work' AS work, value ->> '$.marked' AS marked ${ofKind('entry')}`,
  `NOT EXISTS (SELECT 1 FROM tombstones WHERE id = e.value ->> '$.id')`,
)

/**
 * Takes in what the writers say of themselves, and counts the rows that INSERT_ENTRIES is about to
 * insert, in the same transaction. ?2: now, in milliseconds.
 */
export const COUNT_MESSAGES = `INSERT INTO writers (id, accepted, written, retried, lost, pending_since_ms, seen_at_ms)
SELECT id, iif(id = '${MARKS}', fresh, accepted), fresh, retried, lost, pending_since_ms, ?2 FROM (
  SELECT value ->> '$.writer.id' AS id, max(value ->> '$.writer.accepted') AS accepted,
    max(value ->> '$.writer.retried') AS retried, max(value ->> '$.writer.lost') AS lost,
    value ->> '$.writer.pendingSinceMs' AS pending_since_ms,
    count(DISTINCT iif(value ->> '$.kind' = 'entry' AND NOT ${IS_BURIED} AND NOT EXISTS (
      SELECT 1 ${ROW_OF_MESSAGE} AND (r.outcome <> 'lost' OR value ->> '$.entry.outcome' = 'lost')
    ), value ->> '$.entry.id', NULL)) AS fresh
  FROM json_each(?1) GROUP BY 1) WHERE true
ON CONFLICT (id) DO UPDATE SET
  pending_since_ms = iif(excluded.accepted >= accepted, excluded.pending_since_ms, pending_since_ms),
  accepted = iif(id = '${MARKS}', accepted + excluded.written, max(accepted, excluded.accepted)),
  written = written + excluded.written,
  retried = max(retried, excluded.retried),
  lost = max(lost, excluded.lost),
  seen_at_ms = max(seen_at_ms, excluded.seen_at_ms)`

/** A mark that comes after its own row marks nothing. */
export const INSERT_MARKS = `INSERT INTO open_requests (id, entry)
SELECT value ->> '$.entry.id', value -> '$.entry' ${ofKind('open')}
  AND NOT EXISTS (SELECT 1 ${ROW_OF_MESSAGE}) AND NOT ${IS_BURIED}
ON CONFLICT (id) DO NOTHING`

export const DELETE_MARKS = `DELETE FROM open_requests
WHERE id IN (SELECT value ->> '$.entry.id' ${ofKind('entry')})`

/** One whose row came by another way after all is not dead. ?1: DeadLetters, ?2: now. */
export const KEEP_DEAD = `INSERT INTO dead_letters (id, at_ms, writer_id, reason, message)
SELECT value ->> '$.id', ?2, value ->> '$.writerId', value ->> '$.reason', value ->> '$.message'
FROM json_each(?1) WHERE NOT EXISTS (
  SELECT 1 FROM requests WHERE account_id = value ->> '$.accountId' AND id = value ->> '$.id'
    AND outcome <> 'lost')
  AND NOT EXISTS (SELECT 1 FROM tombstones WHERE id = value ->> '$.id')
ON CONFLICT (id) DO NOTHING`

/** The columns of a row under the names of the entry's fields. */
export const ENTRY_COLUMNS = FIELDS.map((field) => `${columnOf(field).sql} AS "${field}"`).join(
  ', ',
)
