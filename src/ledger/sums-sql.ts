// The view and the triggers that keep the hourly sums. The view has each row's contribution. `npm run migrations`
// writes changes of them into a migration; a test compares the database with them.
import { HOUR_MS } from '../http/time.ts'
import { OTHERS } from './rollups/others.ts'
import {
  HISTOGRAM_TIMES,
  HISTOGRAMS,
  MEASURE_COLUMNS,
  measureOf,
  type ReadColumn,
} from './measures.ts'

const ROW: ReadColumn = (column) => column
const OLD: ReadColumn = (column) => `OLD.${column}`
const NEW: ReadColumn = (column) => `NEW.${column}`

const hourOf = (row: ReadColumn): string => `${row('at_ms')} - ${row('at_ms')} % ${HOUR_MS}`
const modelOf = (row: ReadColumn): string =>
  `ifnull(${row('model')}, ifnull(${row('requested_model')}, ''))`
const labelOf = (row: ReadColumn): string =>
  `iif(${row('in_others')}, '${OTHERS}', ifnull(${row('label')}, ''))`

const KEY = ['account_id', 'hour_ms', 'token_id', 'model', 'label']

/** A histogram of one request, or an empty one. */
function bucketOf(row: ReadColumn, timeMs: string): string {
  const bucket = `CAST(CAST(ln(max(${row(timeMs)}, 1)) / ln(1.1) AS INTEGER) AS TEXT)`
  return `iif(${row(timeMs)} IS NULL OR ${row('outcome')} = 'lost', '{}', json_object(${bucket}, 1))`
}

const lines = (list: readonly string[]): string => list.join(',\n  ')

const VIEW = `CREATE VIEW rolled_up AS SELECT
  ${lines([
    'account_id',
    'id',
    `${hourOf(ROW)} AS hour_ms`,
    'token_id',
    `${modelOf(ROW)} AS model`,
    `${labelOf(ROW)} AS label`,
    ...MEASURE_COLUMNS.map((name) => `${measureOf(name).adds(ROW)} AS ${name}`),
    ...HISTOGRAMS.map((name) => `${bucketOf(ROW, HISTOGRAM_TIMES[name])} AS ${name}`),
  ])}
FROM requests`

const addedUp = (
  histogram: string,
): string => `${histogram} = (SELECT json_group_object(key, n) FROM (
    SELECT key, sum(value) AS n FROM (SELECT key, value FROM json_each(rollups.${histogram})
      UNION ALL SELECT key, value FROM json_each(excluded.${histogram})) GROUP BY key))`

const ALL = [...KEY, ...MEASURE_COLUMNS, ...HISTOGRAMS]

const ROLL_UP = `CREATE TRIGGER roll_up INSTEAD OF INSERT ON rolled_up
BEGIN
  INSERT INTO rollups (${ALL.join(', ')}) VALUES (${ALL.map(NEW).join(', ')})
  ON CONFLICT (account_id, hour_ms, label, model, token_id) DO UPDATE SET
  ${lines([
    ...MEASURE_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`),
    ...HISTOGRAMS.map(addedUp),
  ])};
END`

const AT_OLD = `account_id = OLD.account_id AND hour_ms = ${hourOf(OLD)}
    AND token_id = OLD.token_id AND model = ${modelOf(OLD)} AND label = ${labelOf(OLD)}`

/** A lost row is replaced by the request's own row: subtracts the old one and adds the new one. */
const FOUND = `CREATE TRIGGER rollup_of_found_request AFTER UPDATE OF outcome ON requests
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost'
BEGIN
  UPDATE rollups SET
  ${lines(MEASURE_COLUMNS.map((name) => `${name} = ${name} - ${measureOf(name).adds(OLD)}`))}
  WHERE ${AT_OLD};
  DELETE FROM rollups WHERE ${AT_OLD} AND requests = 0;
  UPDATE writers SET accepted = accepted - 1, written = written - 1 WHERE id = 'marks';
  INSERT INTO rolled_up SELECT * FROM rolled_up WHERE account_id = NEW.account_id AND id = NEW.id;
END`

/** An estimate is withdrawn, since the bill comes with another row; or a shared row stands for more requests. */
const CHANGED = `CREATE TRIGGER rollup_of_changed_request AFTER UPDATE OF cost_basis, times, counted_ticks ON requests
WHEN OLD.outcome = NEW.outcome AND (NEW.times > OLD.times
  OR OLD.counted_ticks IS NOT NULL AND NEW.counted_ticks IS NULL OR OLD.cost_basis IN ('estimated', 'unknown') AND NEW.cost_basis = 'deferred')
BEGIN
  UPDATE rollups SET
  ${lines(MEASURE_COLUMNS.map((name) => `${name} = ${name} - ${measureOf(name).adds(OLD)} + ${measureOf(name).adds(NEW)}`))}
  WHERE ${AT_OLD};
END`

export interface DatabaseObject {
  type: 'view' | 'trigger'
  name: string
  sql: string
}

/** In the order of creation. Dropping a view drops its triggers. */
export const SUM_OBJECTS: readonly DatabaseObject[] = [
  { type: 'view', name: 'rolled_up', sql: VIEW },
  { type: 'trigger', name: 'roll_up', sql: ROLL_UP },
  { type: 'trigger', name: 'rollup_of_found_request', sql: FOUND },
  { type: 'trigger', name: 'rollup_of_changed_request', sql: CHANGED },
]

/** Normalizes SQL for comparison: SQLite stores it as it was written. */
export const comparable = (sql: string): string =>
  sql
    .replaceAll(/[`"\s]+/g, ' ')
    .replaceAll(/ ?([(),;]) ?/g, '$1')
    .trim()
