import type { Env } from '../../env.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { fitRange } from '../../reports/usage/bins.ts'
import { costOf } from '../../reports/usage/present.ts'
import { readUsage } from '../../reports/usage/store.ts'
import { WARNING_SHARE } from '../levels.ts'
import { sameHours, type DayCost } from './forecast.ts'

const COST = 's.reported_ticks + s.computed_ticks + s.estimated_ticks'

/** What the same hour cost on the days before, the nearest first, and when the account's costs began. */
export interface Usual {
  costs: number[]
  firstMs: number
}

/** An hour of an account. */
export interface Hour {
  accountId: string
  zone: string
  hourMs: number
}

const keyOf = ({ accountId, hourMs }: Omit<Hour, 'zone'>): string => `${accountId} ${hourMs}`

/** By `keyOf`: what each hour usually costs. */
export async function readUsual(
  ledger: D1Database,
  hours: readonly Hour[],
): Promise<(hour: Omit<Hour, 'zone'>) => Usual | null> {
  const asked = hours.map(({ accountId, zone, hourMs }) => ({
    key: keyOf({ accountId, hourMs }),
    accountId,
    starts: sameHours(hourMs, zone),
  }))
  const { results } = await ledger
    .prepare(
      `WITH asked AS (SELECT value ->> 'key' AS key, value ->> 'accountId' AS account_id, value -> 'starts' AS starts FROM json_each(?1)),
       hours AS (SELECT a.key, a.account_id, h.key AS at, h.value AS start_ms FROM asked AS a, json_each(a.starts) AS h),
       costs AS (
         SELECT h.key, h.at, iif(
           EXISTS (SELECT 1 FROM unfolded AS u WHERE u.account_id = h.account_id AND u.kind = 'hour' AND u.start_ms = h.start_ms),
           (SELECT total(${COST}) FROM rollups AS s WHERE s.account_id = h.account_id AND s.hour_ms = h.start_ms),
           (SELECT total(${COST}) FROM summaries AS s WHERE s.account_id = h.account_id AND s.kind = 'hour_all' AND s.start_ms = h.start_ms)) AS cost
         FROM hours AS h)
       SELECT a.key, (SELECT json_group_array(cost) FROM (SELECT cost FROM costs AS c WHERE c.key = a.key ORDER BY at)) AS costs,
         (SELECT min(hour_ms) FROM rollups AS s WHERE s.account_id = a.account_id) AS firstMs
       FROM asked AS a`,
    )
    .bind(JSON.stringify(asked))
    .all<{ key: string; costs: string; firstMs: number | null }>()
  const found = new Map(
    results.map(({ key, costs, firstMs }) => [
      key,
      firstMs === null ? null : { costs: JSON.parse(costs) as number[], firstMs },
    ]),
  )
  return (hour) => found.get(keyOf(hour)) ?? null
}

/**
 * The rules about forecasts after ?2 whose month may reach the threshold: for each weekday that is left, at most all
 * that it cost in the last four weeks. ?1: rules as JSON; ?3: how many; ?4: the first day; ?5: the weeks that are left.
 */
const MAY_REACH = `WITH rules AS MATERIALIZED (
    SELECT value ->> 'i' AS id, value ->> 'a' AS account_id, value ->> 't' AS threshold, value ->> 'o' AS is_open
    FROM json_each(?1) WHERE value ->> 'i' > ?2),
  parts AS (
    SELECT r.id, ${COST} AS cost FROM rules AS r CROSS JOIN summaries AS s
      ON s.account_id = r.account_id AND s.kind = 'day_all' AND s.start_ms >= ?4 AND s.label = ''
    WHERE NOT EXISTS (SELECT 1 FROM unfolded AS u WHERE u.account_id = r.account_id AND u.kind = 'day' AND u.start_ms = s.start_ms)
    UNION ALL
    SELECT r.id, ${COST} FROM rules AS r CROSS JOIN unfolded AS d
      ON d.account_id = r.account_id AND d.kind = 'day' AND d.start_ms >= ?4
    CROSS JOIN summaries AS s ON s.account_id = r.account_id AND s.kind = 'hour_all' AND s.label = ''
      AND s.start_ms >= d.start_ms AND s.start_ms < d.start_ms + ${DAY_MS}
    WHERE NOT EXISTS (SELECT 1 FROM unfolded AS u WHERE u.account_id = r.account_id AND u.kind = 'hour' AND u.start_ms = s.start_ms)
    UNION ALL
    SELECT r.id, ${COST} FROM rules AS r CROSS JOIN unfolded AS u
      ON u.account_id = r.account_id AND u.kind = 'hour' AND u.start_ms >= ?4
    CROSS JOIN rollups AS s ON s.account_id = r.account_id AND s.hour_ms = u.start_ms)
  SELECT r.id FROM rules AS r LEFT JOIN (SELECT id, sum(cost) AS cost FROM parts GROUP BY 1) AS t USING (id)
  WHERE r.is_open OR t.cost * (1 + ?5) >= ${WARNING_SHARE} * r.threshold ORDER BY r.id LIMIT ?3`

const WEEK_MS = 7 * DAY_MS

/** The next of these rules whose forecast may reach nine tenths of the threshold, or that may be over. */
export async function mayReach(
  ledger: D1Database,
  rules: string,
  after: string,
  most: number,
  nowMs: number,
): Promise<string[]> {
  const at = new Date(nowMs)
  // Zones begin and end a month up to 14 hours apart from UTC's.
  const endMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 2)
  const beginMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 0)
  const firstMs = Math.min(beginMs, nowMs - (nowMs % DAY_MS) - 29 * DAY_MS)
  const { results } = await ledger
    .prepare(MAY_REACH)
    .bind(rules, after, most, firstMs, Math.ceil((endMs - nowMs) / WEEK_MS))
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

/** What each day of a zone cost, until now. */
export async function readDays(
  ledger: D1Database,
  accountId: string,
  zone: string,
  fromMs: number,
  nowMs: number,
): Promise<DayCost[]> {
  const query = {
    ...fitRange(fromMs, nowMs + 1, 'day'),
    interval: 'day' as const,
    zone,
    model: [],
    requester: [],
    token: [],
    groupBy: undefined,
  }
  const measures = ['reportedTicks', 'computedTicks', 'estimatedTicks'] as const
  const { starts, cells } = await readUsage(ledger, accountId, query, { measures })
  const costs = new Map(cells.map((cell) => [cell.bin, costOf(cell)]))
  return starts.map((startMs, bin) => ({ startMs, cost: costs.get(bin) ?? 0 }))
}

/** The running hour of a moment. */
export const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

/** The time zones of accounts, by their ids. */
export async function readZones(
  { DB }: Pick<Env, 'DB'>,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (accountIds.length === 0) return new Map()
  const { results } = await DB.prepare(
    `SELECT id, ifnull(time_zone, 'UTC') AS zone FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
  )
    .bind(JSON.stringify([...new Set(accountIds)]))
    .all<{ id: string; zone: string }>()
  return new Map(results.map(({ id, zone }) => [id, zone]))
}
