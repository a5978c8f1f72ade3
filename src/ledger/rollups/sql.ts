// Summaries: sums of hourly sums, for hours and days that are over. A statement takes a bounded number of sums;
// `unfolded` keeps the key to continue from.
import { HISTOGRAMS, MEASURE_COLUMNS } from '../measures.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

const COUNTS = MEASURE_COLUMNS

/** The period of a summary: hourly sums are added up to summaries of their hour, and of their day. */
export type Kind = 'hour' | 'day'
const LENGTHS_MS: Readonly<Record<Kind, number>> = { hour: HOUR_MS, day: DAY_MS }

/** The columns that a summary is grouped by. */
const KEYS = {
  model: ['token_id', 'model'],
  label: ['label'],
  all: [],
  everything: ['token_id', 'model', 'label'],
} as const satisfies Record<string, readonly string[]>

/** `day_cube` with model and label swapped, so that the key begins with the model. */
const BY_MODEL_FIRST = 'day_turned'

/** Kind of summary → its key in KEYS. */
const SUMMARIES: Readonly<Record<Kind, Readonly<Record<string, keyof typeof KEYS>>>> = {
  hour: { hour: 'model', hour_label: 'label', hour_all: 'all' },
  day: {
    day: 'model',
    day_label: 'label',
    day_all: 'all',
    day_cube: 'everything',
    [BY_MODEL_FIRST]: 'everything',
  },
}

const PLACE = 'account_id, start_ms, token_id, model, label'
const ROLLUP_KEY = ['hour_ms', 'label', 'model', 'token_id']

/** A part of the hours or days to sum up: the keys of `rollups` after `cursor`, up to `until`. */
export interface Part {
  accountId: string
  startMs: number
  /** The key in `unfolded`. Null: from the beginning. */
  cursor: string | null
  /** The last key, included. Null: up to the end. */
  until: string | null
}

/**
 * The next parts, the oldest first; `rows`: the number of sums in each, counted up to ?2. ?1: periods must have ended
 * by this moment (milliseconds). ?3: how many parts.
 */
export const nextPartsSql = (
  kind: Kind,
): string => `SELECT account_id AS accountId, start_ms AS startMs, cursor,
    (SELECT count(*) FROM (SELECT 1 FROM rollups AS r
      WHERE r.account_id = u.account_id AND ${within('r', kind, 'u')} LIMIT ?2)) AS "rows"
  FROM (SELECT *, NULL AS until FROM unfolded WHERE kind = '${kind}' AND start_ms <= ?1 - ${LENGTHS_MS[kind]}
    ORDER BY start_ms, account_id LIMIT ?3) AS u`

/** The last key of a part's first ?2 sums. Null: it has fewer. ?1: the part, as JSON. */
export const endOfPartSql = (kind: Kind): string => `SELECT json_array(${keyOf('r')}) AS until
  FROM (SELECT ?1 ->> '$.accountId' AS account_id, ?1 ->> '$.startMs' AS start_ms,
    ?1 ->> '$.cursor' AS cursor, NULL AS until) AS u
  CROSS JOIN rollups AS r ON r.account_id = u.account_id AND ${within('r', kind, 'u')}
  ORDER BY ${keyOf('r')} LIMIT 1 OFFSET ?2 - 1`

const keyOf = (table: string): string => ROLLUP_KEY.map((name) => `${table}.${name}`).join(', ')

/** A key from JSON. If there is none, the first key at the moment `otherwise`. */
const keyIn = (json: string, otherwise: string): string =>
  [0, 1, 2, 3]
    .map((index) => `ifnull(${json} ->> ${index}, ${index === 0 ? otherwise : "''"})`)
    .join(', ')

/** The sums in `table` that belong to `part`. Compares row values only, so that the primary key serves it. */
const within = (table: string, kind: Kind, part: string): string =>
  `(${keyOf(table)}) > (${keyIn(`${part}.cursor`, `${part}.start_ms - 1`)})
      AND (${keyOf(table)}) <= (${keyIn(`${part}.until`, `${part}.start_ms + ${LENGTHS_MS[kind] - 1}`)})`

// ?1: the parts, as JSON. A part is skipped if its sums have changed since: its cursor was reset,
// and it begins again.
const PARTS = `SELECT p.value ->> '$.accountId' AS account_id, p.value ->> '$.startMs' AS start_ms,
    p.value ->> '$.cursor' AS cursor, p.value ->> '$.until' AS until FROM json_each(?1) AS p`
const effectiveAt = (kind: Kind): string => `SELECT p.account_id, p.start_ms, p.cursor, p.until
  FROM (${PARTS}) AS p JOIN unfolded AS u ON u.account_id = p.account_id AND u.kind = '${kind}'
    AND u.start_ms = p.start_ms AND u.cursor IS p.cursor`

const merged = (
  histogram: string,
): string => `SELECT ${PLACE}, json_group_object(bucket, n) AS histogram FROM (
    SELECT ${PLACE}, one.key AS bucket, sum(one.value) AS n
    FROM source, json_each(source.${histogram}) AS one GROUP BY ${PLACE}, bucket) GROUP BY ${PLACE}`

/** Adds two histograms, bucket by bucket. */
const addedUp = (histogram: string): string => `${histogram} = (
    SELECT json_group_object(key, n) FROM (SELECT key, sum(value) AS n FROM (
      SELECT key, value FROM json_each(summaries.${histogram})
      UNION ALL SELECT key, value FROM json_each(excluded.${histogram})) GROUP BY key))`

function addSql(kind: Kind, into: string, by: keyof typeof KEYS): string {
  const told: readonly string[] = KEYS[by]
  const places =
    into === BY_MODEL_FIRST
      ? ['s.token_id', 's.label AS model', 's.model AS label']
      : ['token_id', 'model', 'label'].map((name) =>
          told.includes(name) ? `s.${name}` : `'' AS ${name}`,
        )
  const columns = [...COUNTS, ...HISTOGRAMS].map((name) => `s.${name} AS ${name}`)
  const [firstByte, total] = HISTOGRAMS
  return `WITH parts AS MATERIALIZED (${effectiveAt(kind)}), source AS MATERIALIZED (
    SELECT p.account_id, p.start_ms, ${[...places, ...columns].join(', ')}
    FROM parts AS p CROSS JOIN rollups AS s ON s.account_id = p.account_id AND ${within('s', kind, 'p')}),
  folded AS MATERIALIZED (
    SELECT ${PLACE}, ${COUNTS.map((name) => `sum(${name}) AS ${name}`).join(', ')} FROM source GROUP BY ${PLACE}),
  first_byte AS MATERIALIZED (${merged(firstByte)}),
  total AS MATERIALIZED (${merged(total)})
  INSERT INTO summaries (account_id, kind, start_ms, token_id, model, label, ${COUNTS.join(', ')}, ${HISTOGRAMS.join(', ')})
  SELECT account_id, '${into}', start_ms, token_id, model, label, ${COUNTS.join(', ')},
    ifnull(first_byte.histogram, '{}'), ifnull(total.histogram, '{}')
  FROM folded LEFT JOIN first_byte USING (${PLACE}) LEFT JOIN total USING (${PLACE}) WHERE true
  ON CONFLICT (account_id, kind, start_ms, label, model, token_id) DO UPDATE SET
    ${[...COUNTS.map((name) => `${name} = ${name} + excluded.${name}`), ...HISTOGRAMS.map(addedUp)].join(', ')}`
}

/** Run as one transaction. The first part of a period replaces its summaries; later parts add to them. */
export function rollupSql(kind: Kind): string[] {
  const kinds = Object.keys(SUMMARIES[kind])
  const names = kinds.map((into) => `'${into}'`).join(', ')
  return [
    `DELETE FROM summaries WHERE (account_id, kind, start_ms) IN (
       SELECT p.account_id, k.value, p.start_ms FROM (${effectiveAt(kind)}) AS p, json_each('[${names.replaceAll("'", '"')}]') AS k
       WHERE p.cursor IS NULL)`,
    ...Object.entries(SUMMARIES[kind]).map(([into, by]) => addSql(kind, into, by)),
    `DELETE FROM unfolded WHERE kind = '${kind}' AND (account_id, start_ms) IN (
       SELECT p.account_id, p.start_ms FROM (${effectiveAt(kind)}) AS p WHERE p.until IS NULL)`,
    `UPDATE unfolded SET cursor = p.until FROM (${PARTS}) AS p
     WHERE unfolded.kind = '${kind}' AND unfolded.account_id = p.account_id
       AND unfolded.start_ms = p.start_ms AND unfolded.cursor IS p.cursor AND p.until IS NOT NULL`,
  ]
}
