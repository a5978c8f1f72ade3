import { HISTOGRAMS, SUMS } from '../../ledger/measures.ts'
import { GROUPS, type GroupBy, type TimeQuery, type UsageQuery } from './input.ts'
import type { Span } from './plan.ts'

/** The sums of any number of requests. */
export type Sums = Record<(typeof SUMS)[keyof typeof SUMS], number>

/** An isolate can hold this many several times over. */
export const MOST_CELLS = 20_000

/** The column of each grouping. */
export const KEYS = { model: 'model', requester: 'label', token: 'token_id' } as const

export type KeyColumn = (typeof KEYS)[GroupBy] | null

export function sumsSql(
  parts: string,
  key: KeyColumn,
  measures: readonly (keyof Sums)[],
  most: number,
): string {
  const sums = Object.entries(SUMS)
    .filter(([, field]) => measures.includes(field))
    .map(([column, field]) => `sum(${column}) AS ${field}`)
  return `SELECT bin, ${key ?? `''`} AS key, ${sums.join(', ')}, count(*) OVER () AS count
    FROM (${parts}) GROUP BY 1, 2
    ORDER BY sum(reported_ticks + computed_ticks + estimated_ticks) DESC, sum(requests) DESC, 2 LIMIT ${most}`
}

export const histogramSql = (parts: string, key: KeyColumn, column: string): string =>
  `SELECT bin, key, json_group_object(bucket, requests) AS histogram FROM (
     SELECT part.bin AS bin, ${key === null ? `''` : `part.${key}`} AS key,
       bucket.key AS bucket, sum(bucket.value) AS requests
     FROM (${parts}) AS part, json_each(part.${column}) AS bucket GROUP BY 1, 2, 3)
   GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ${MOST_CELLS}`

/** The suffix of a kind of `summaries`. */
export type Suffix = '' | '_label' | '_all' | '_cube' | '_turned'

/** The key of `_cube` begins with the requester, that of `_turned` with the model. */
export const cubeFor = ({ model, requester }: UsageQuery): Suffix =>
  model.length > 0 && requester.length === 0 ? '_turned' : '_cube'

/** The filter on a row, whose columns are given. The values are the parameters ?3 to ?5, from `filterParams`. */
export const filterSql = (query: TimeQuery, columns: Record<GroupBy, string>): string =>
  [
    ...GROUPS.flatMap((by, index) =>
      query[by].length > 0
        ? [`AND ${columns[by]} IN (SELECT value FROM json_each(?${index + 3}))`]
        : [],
    ),
    // D1 refuses a parameter that the SQL does not name.
    'AND coalesce(?3, ?4, ?5) IS NOT NULL',
  ].join(' ')

export const filterParams = (query: TimeQuery): string[] =>
  GROUPS.map((by) => JSON.stringify(query[by]))

/** All sums of an account (?1) in the spans (?2), as rows. ?3 to ?5 are the values of the filter. */
export function partsSql(query: UsageQuery, suffix: Suffix): string {
  const filter = filterSql(query, { model: 's.model', requester: 's.label', token: 's.token_id' })
  const columns = [...Object.values(KEYS), ...Object.keys(SUMS), ...HISTOGRAMS]
  const part = (source: Span['source'], from: string, on: string): string =>
    `SELECT p.value ->> 1 AS bin, ${columns.map((name) => `s.${name}`).join(', ')}
     FROM json_each(?2) AS p CROSS JOIN ${from} AS s ON s.account_id = ?1 AND ${on} ${filter}
     WHERE p.value ->> 0 = '${source}'`
  // Name the label, which the key begins with; summaries that are not by label have an empty one.
  const noLabel = suffix === '' || suffix === '_all' ? `AND s.label = ''` : ''
  const others = columns.filter((name) => name !== 'model' && name !== 'label').join(', ')
  const summaries =
    suffix === '_turned'
      ? `(SELECT account_id, kind, start_ms, label AS model, model AS label, ${others} FROM summaries)`
      : 'summaries'
  const summed = (kind: 'day' | 'hour'): string =>
    part(kind, summaries, `s.kind = '${kind}${suffix}' AND s.start_ms = p.value ->> 2 ${noLabel}`)
  const rows = part('row', 'rolled_up', 's.id >= p.value ->> 2 AND s.id < p.value ->> 3')
  if (query.isFine) return rows
  return [
    ...(query.endMs === undefined ? [] : [rows]),
    summed('day'),
    summed('hour'),
    part('rollup', 'rollups', 's.hour_ms = p.value ->> 2'),
  ].join(' UNION ALL ')
}
