import { columnOf, FIELDS } from './columns.ts'
import type { LedgerMessage } from './message.ts'
import { columnSql } from './async-jobs/sql.ts'

const NAMES = FIELDS.map((field) => columnOf(field).sql)
const KEY = ['account_id', 'id']
/** What a row keeps when another one replaces it: its span may be sent already. */
const KEPT = [...KEY, 'trace_context']

/** The writer of rows for requests that never ended. */
export const IN_FLIGHT_WRITER = 'marks'

/**
 * A lost row is replaced by the request's own row if that comes later. A row that stands for several requests is
 * replaced by one that stands for more.
 */
const FOUND = `requests.outcome = 'lost' AND excluded.outcome <> 'lost'
  OR excluded.times > requests.times AND requests.outcome = excluded.outcome`

/**
 * Inserts the entries of a query with the columns `value` (JSON), `work` and `marked`. One JSON parameter holds any
 * number of rows, whereas D1 allows 100 parameters. Existing rows stay, except for FOUND. The statement names the
 * conflict: OR IGNORE would also override the conflict clauses inside of triggers.
 */
const insertEntriesSql = (query: string, condition = 'true'): string =>
  `INSERT INTO requests (${NAMES.join(', ')})
SELECT ${FIELDS.map(columnSql).join(', ')} FROM (${query}) AS e WHERE ${condition}
ON CONFLICT (account_id, id) DO UPDATE SET
${NAMES.filter((name) => !KEPT.includes(name))
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')} WHERE ${FOUND}`

/** Inserts archived rows again. `array`: a JSON array of entries, as an SQL expression. */
export const restoreEntriesSql = (array: string): string =>
  // Spans of archived rows were sent, or are too old to be.
  insertEntriesSql(
    `SELECT json_remove(value, '$.traceContext') AS value, NULL AS work, 0 AS marked FROM json_each(${array})`,
  )

// In each statement below, ?1 is a JSON array of messages.
const ofKind = (kind: LedgerMessage['kind']): string =>
  `FROM json_each(?1) WHERE value ->> '$.kind' = '${kind}'`
/** The row was pruned before its message came again. */
const IS_BURIED = `EXISTS (SELECT 1 FROM tombstones WHERE id = value ->> '$.entry.id')`
const ROW_OF_MESSAGE = `FROM requests AS r
  WHERE r.account_id = value ->> '$.entry.accountId' AND r.id = value ->> '$.entry.id'`

export const INSERT_ENTRIES = insertEntriesSql(
  `SELECT value -> '$.entry' AS value, value -> '$.work' AS work, value ->> '$.marked' AS marked ${ofKind('entry')}`,
  `NOT EXISTS (SELECT 1 FROM tombstones WHERE id = e.value ->> '$.id')`,
)

/**
 * Takes over the writers' counts, and counts the rows that INSERT_ENTRIES inserts later in the same transaction.
 * ?2: now, in milliseconds.
 */
export const COUNT_MESSAGES = `INSERT INTO writers (id, accepted, written, retried, lost, pending_since_ms, seen_at_ms)
SELECT id, iif(id = '${IN_FLIGHT_WRITER}', fresh, accepted), fresh, retried, lost, pending_since_ms, ?2 FROM (
  SELECT value ->> '$.writer.id' AS id, max(value ->> '$.writer.accepted') AS accepted,
    max(value ->> '$.writer.retried') AS retried, max(value ->> '$.writer.lost') AS lost,
    value ->> '$.writer.pendingSinceMs' AS pending_since_ms,
    count(DISTINCT iif(value ->> '$.kind' = 'entry' AND NOT ${IS_BURIED} AND NOT EXISTS (
      SELECT 1 ${ROW_OF_MESSAGE} AND (r.outcome <> 'lost' OR value ->> '$.entry.outcome' = 'lost')
    ), value ->> '$.entry.id', NULL)) AS fresh
  FROM json_each(?1) GROUP BY 1) WHERE true
ON CONFLICT (id) DO UPDATE SET
  pending_since_ms = iif(excluded.accepted >= accepted, excluded.pending_since_ms, pending_since_ms),
  accepted = iif(id = '${IN_FLIGHT_WRITER}', accepted + excluded.written, max(accepted, excluded.accepted)),
  written = written + excluded.written,
  retried = max(retried, excluded.retried),
  lost = max(lost, excluded.lost),
  seen_at_ms = max(seen_at_ms, excluded.seen_at_ms)`

/** An in-flight record that comes after its row is dropped. */
export const INSERT_IN_FLIGHT = `INSERT INTO open_requests (id, entry)
SELECT value ->> '$.entry.id', value -> '$.entry' ${ofKind('open')}
  AND NOT EXISTS (SELECT 1 ${ROW_OF_MESSAGE}) AND NOT ${IS_BURIED}
ON CONFLICT (id) DO NOTHING`

export const DELETE_IN_FLIGHT = `DELETE FROM open_requests
WHERE id IN (SELECT value ->> '$.entry.id' ${ofKind('entry')})`

/** A letter is dropped if its row was written another way. ?1: DeadLetters, as JSON. ?2: now, in milliseconds. */
export const KEEP_DEAD = `INSERT INTO dead_letters (id, at_ms, writer_id, reason, message)
SELECT value ->> '$.id', ?2, value ->> '$.writerId', value ->> '$.reason', value ->> '$.message'
FROM json_each(?1) WHERE NOT EXISTS (
  SELECT 1 FROM requests WHERE account_id = value ->> '$.accountId' AND id = value ->> '$.id'
    AND outcome <> 'lost')
  AND NOT EXISTS (SELECT 1 FROM tombstones WHERE id = value ->> '$.id')
ON CONFLICT (id) DO NOTHING`

/** The columns of a row, named like the fields of an entry. `prefix`: the table's name and a dot, where that is needed. */
export const entryColumns = (prefix = ''): string =>
  FIELDS.map((field) => `${prefix}${columnOf(field).sql} AS "${field}"`).join(', ')
export const ENTRY_COLUMNS = entryColumns()
