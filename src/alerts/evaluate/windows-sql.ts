// What windows of hours add up to, for the rules of all accounts at once, from sums alone. Only rules that have
// something to tell come back, so that a turn stays small however many rules there are.
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { WARNING_SHARE } from '../levels.ts'

/** Hours that ended since the last cycle are looked at: so many at most. */
const MOST_HOURS = DAY_MS / HOUR_MS

/** Rows come when their request has ended, most of them within this time after their hour. */
const LATE_MS = HOUR_MS / 6

/** How many hours back windows end; 0 is the running hour. */
export interface Ends {
  /** Of windows of an hour. */
  backs: readonly number[]
  /** Longer windows end this far back at most: rows that come late are in the next window, too. */
  longest: number
}

/**
 * The ends to look at: the running hour, and those that ended since the last cycle. The last of them is looked at for a
 * while, and once more an hour later, because rows may come late.
 */
export function endsBack(hourMs: number, sinceMs: number, nowMs: number): Ends {
  const ended = Math.min(Math.max(0, Math.ceil((hourMs - sinceMs) / HOUR_MS)), MOST_HOURS)
  const furthest = ended > 0 ? ended + 1 : nowMs - hourMs < LATE_MS ? 1 : 0
  return { backs: Array.from({ length: furthest + 1 }, (_, hours) => hours), longest: ended }
}

/**
 * ?1: the rules, as JSON (`RULES_SQL`); ?2: the start of the running hour; ?3: the kinds; ?4: how many; ?5 and ?7: `endsBack`; ?6: 1 for
 * all windows, whatever they have to tell. An end is the last hour of a window. Hours that ended before a rule was created are left out. D1 counts every row that a step
 * reads, also of JSON, so that there are few steps.
 */
const ENDS = `(
    SELECT r.value ->> 'i' AS id, r.value ->> 'a' AS account_id, r.value ->> 'k' AS kind,
      r.value ->> 's' AS scope, r.value ->> 'v' AS own, r.value ->> 't' AS threshold, ifnull(r.value ->> 'm', 0) AS minimum,
      r.value ->> 'o' AS is_open, r.value ->> 'w' AS warned_ms, r.value ->> 'q' AS alerted_ms, ?2 - back.value * ${HOUR_MS} AS end_ms,
      ?2 - (back.value + ifnull(r.value ->> 'h', 1)) * ${HOUR_MS} AS after_ms
    FROM json_each(?1) AS r CROSS JOIN json_each(?5) AS back
    WHERE instr(?3, '"' || (r.value ->> 'k') || '"')
      AND back.value <= iif(ifnull(r.value ->> 'h', 1) = 1, ${MOST_HOURS * 100}, ?7)
      AND (back.value = 0 OR ?2 - (back.value - 1) * ${HOUR_MS} > r.value ->> 'c')) AS e`

const OF_SCOPE = `AND (e.scope <> 'token' OR s.token_id = e.own) AND (e.scope <> 'model' OR s.model = e.own)`

/** The sums of the end `e`: of hours that are summed up, and of those that have changed since. */
const parts = (columns: readonly string[]): string => `(
      SELECT ${columns.map((name) => `s.${name}`).join(', ')} FROM summaries AS s
      WHERE s.account_id = e.account_id AND s.kind = iif(e.scope = 'account', 'hour_all', 'hour')
        AND s.start_ms > e.after_ms AND s.start_ms <= e.end_ms AND s.label = '' ${OF_SCOPE}
        AND NOT EXISTS (SELECT 1 FROM unfolded AS u
          WHERE u.account_id = e.account_id AND u.kind = 'hour' AND u.start_ms = s.start_ms)
      UNION ALL
      SELECT ${columns.map((name) => `s.${name}`).join(', ')}
      FROM unfolded AS u CROSS JOIN rollups AS s ON s.account_id = e.account_id AND s.hour_ms = u.start_ms ${OF_SCOPE}
      WHERE u.account_id = e.account_id AND u.kind = 'hour' AND u.start_ms > e.after_ms AND u.start_ms <= e.end_ms)`

const COST = 'reported_ticks + computed_ticks + estimated_ticks'

/** What is summed up of a window, and the names of those sums. */
const SUMS = {
  sent: 'requests - refused',
  errors: 'failed - refused',
  requests: 'requests',
  cost: COST,
} as const
const sum = (name: keyof typeof SUMS): string => `sums ->> ${Object.keys(SUMS).indexOf(name)}`

/** The figure of each kind. NULL: there is too little to judge by. Without any request, every figure is 0. */
const VALUES = {
  error_rate: `iif(${sum('errors')} = 0, 0, iif(${sum('sent')} >= minimum, 100.0 * (${sum('errors')}) / (${sum('sent')}), NULL))`,
  error_count: sum('errors'),
  volume: sum('requests'),
  // What it is compared with is read for those alone that reach the minimum.
  spike: sum('cost'),
} as const
export const SUMMED_KINDS = Object.keys(VALUES)
export type SummedKind = keyof typeof VALUES

const NEAR = `iif(kind = 'spike', max(minimum, 1), ${WARNING_SHARE} * threshold)`
const REACHED = `iif(kind = 'spike', max(minimum, 1), threshold)`

/** What was told within a day is not told again. The running hour ends at the latest in an hour. */
const isDue = (toldMs: string): string =>
  `(${toldMs} IS NULL OR ?2 + ${HOUR_MS} - ${toldMs} >= ${DAY_MS})`
/** A rule is over only when a whole hour shows it: the one that ended last. */
const MAY_END = `(is_open AND end_ms = ?2 - ${HOUR_MS})`

/**
 * Whether a window has something to tell: what was told is left out, so that other rules get their turn. `isReached`
 * and `isNear` are SQL.
 */
const tells = (isReached: string, isNear: string): string =>
  `(?6 OR ${isReached} AND ${isDue('alerted_ms')} OR ${isNear} AND (is_open IS NULL OR NOT is_open) AND ${isDue('warned_ms')}
    OR NOT (${isNear}) AND ${MAY_END})`

/** A rule at the end of one of its windows. `value` null: too few requests. */
export interface Summed {
  id: string
  kind: SummedKind
  endMs: number
  value: number | null
}

/** Rows of Summed: of rules that reach nine tenths of their threshold, or were told and may be over. */
export const SUMMED_SQL = `WITH summed AS MATERIALIZED (
    SELECT e.*, (SELECT json_array(${Object.values(SUMS)
      .map((sql) => `total(${sql})`)
      .join(', ')})
      FROM ${parts(['requests', 'failed', 'refused', 'reported_ticks', 'computed_ticks', 'estimated_ticks'])}) AS sums
    FROM ${ENDS})
  SELECT id, kind, end_ms AS endMs, value FROM (
    SELECT *, CASE kind ${Object.entries(VALUES)
      .map(([kind, sql]) => `WHEN '${kind}' THEN ${sql}`)
      .join(' ')} END AS value FROM summed)
  WHERE value IS NOT NULL AND ${tells(`value >= ${REACHED}`, `value >= ${NEAR}`)} ORDER BY endMs, id LIMIT ?4`

/** The 95th percentile is below a time if more than this share of requests is. */
const SHARE = 0.95

/** A rule about latency at the end of one of its windows: the requests by bucket, as JSON. Null: too few; '{}': none. */
export interface Timed {
  id: string
  endMs: number
  histogram: string | null
}

const REQUESTS = '(SELECT total(value) FROM json_each(histogram))'
const faster = (share: number): string =>
  `(SELECT total(value) FROM json_each(histogram) WHERE pow(1.1, key + 0.5) < ${share} * threshold)`

/** Rows of Timed. Bucket b has times from 1.1^b to 1.1^(b+1) ms, and counts as its middle. */
export const TIMED_SQL = `WITH timed AS MATERIALIZED (
    SELECT e.*, (SELECT json_group_object(bucket, n) FROM (
      SELECT b.key AS bucket, sum(b.value) AS n
      FROM ${parts(['first_byte_histogram'])} AS part, json_each(part.first_byte_histogram) AS b GROUP BY 1)) AS histogram
    FROM ${ENDS}),
  told AS (SELECT *, ${REQUESTS} AS requests, ${faster(WARNING_SHARE)} AS faster, ${faster(1)} AS faster_yet FROM timed)
  SELECT id, end_ms AS endMs, iif(requests = 0 OR requests >= minimum, histogram, NULL) AS histogram
  FROM told WHERE (requests = 0 OR requests >= minimum)
    AND ${tells(`requests > 0 AND faster_yet < ${SHARE} * requests`, `requests > 0 AND faster < ${SHARE} * requests`)}
  ORDER BY endMs, id LIMIT ?4`

const OPEN = `state ->> '$.all.open' IS NOT NULL`

/**
 * The rules after ?1, as JSON for the statements above, and the last of them. ?2: how many. ?3: the accounts, as JSON;
 * of the others, only rules that were told and may be over. Null: all.
 */
export const RULES_SQL = `WITH chosen AS (
    SELECT id FROM alert_rules WHERE ?3 IS NULL AND id > ?1
    UNION SELECT r.id FROM json_each(ifnull(?3, '[]')) AS a CROSS JOIN alert_rules AS r ON r.account_id = a.value AND r.id > ?1
    UNION SELECT id FROM alert_rules WHERE ${OPEN} AND id > ?1
    ORDER BY 1 LIMIT ?2)
  SELECT json_group_array(json_object('i', id, 'a', account_id, 'k', kind, 's', scope ->> '$.kind', 'v', scope ->> '$.value',
    'h', hours, 't', threshold, 'm', minimum, 'o', ${OPEN}, 'w', state ->> '$.all.warning', 'q', state ->> '$.all.alert', 'c', created_at_ms)) AS rules, count(*) AS count, max(id) AS last
  FROM chosen JOIN alert_rules USING (id)`

/** The accounts with hours that have changed since they were summed up; ?1: with days, which are all of today. */
export const ACTIVE_SQL = `SELECT json_group_array(account_id) AS accounts
  FROM (SELECT DISTINCT account_id FROM unfolded WHERE ?1 OR kind = 'hour')`
