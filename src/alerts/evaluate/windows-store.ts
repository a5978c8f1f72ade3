import type { Env } from '../../env.ts'
import { HOUR_MS } from '../../http/time.ts'
import { percentileMs } from '../../reports/usage/percentile.ts'
import { ALL } from '../levels.ts'
import type { StatedRule } from '../rules/rule.ts'
import { usualOf } from './forecast.ts'
import { finding, type Finding } from './judge.ts'
import { hourOf, readUsual, type Hour } from './spending-store.ts'
import { readRules } from './tell-store.ts'
import {
  endsBack,
  SUMMED_KINDS,
  SUMMED_SQL,
  TIMED_SQL,
  type Summed,
  type Timed,
} from './windows-sql.ts'

/** Rules that have something to tell at once; the others come in the next run. */
const MOST = { free: 200, paid: 1_000 } as const
/** Unusual hours that are looked at in one run: each reads 28 hours. */
const MOST_SPIKES = 50

/** The period of a window that ends with an hour, as far as it has passed. */
const windowOf = ({ hours }: StatedRule, endMs: number, nowMs: number) => ({
  fromMs: endMs - ((hours ?? 1) - 1) * HOUR_MS,
  toMs: Math.min(endMs + HOUR_MS, nowMs),
  atMs: Math.min(endMs + HOUR_MS, nowMs),
})

const p95 = (histogram: string): number | null =>
  percentileMs(
    Object.entries(JSON.parse(histogram) as Record<string, number>)
      .map(([bucket, requests]) => ({ bin: 0, key: '', bucket: Number(bucket), requests }))
      .toSorted((one, other) => one.bucket - other.bucket),
    0.95,
  )

/** What windows of hours add up to, for rules (as JSON) of any number of accounts: of those that come near. */
export async function findInWindows(
  env: Env,
  rules: string,
  sinceMs: number,
  plan: 'free' | 'paid',
  nowMs: number,
): Promise<Finding[]> {
  const hourMs = hourOf(nowMs)
  const statement = (sql: string, kinds: readonly string[]): D1PreparedStatement =>
    env.LEDGER.prepare(sql).bind(
      rules,
      hourMs,
      JSON.stringify(kinds),
      MOST[plan],
      JSON.stringify(endsBack(hourMs, sinceMs)),
    )
  const [summed, timed] = await env.LEDGER.batch([
    statement(SUMMED_SQL, SUMMED_KINDS),
    statement(TIMED_SQL, ['latency']),
  ])
  const sums = (summed?.results ?? []) as Summed[]
  const times = (timed?.results ?? []) as Timed[]
  const byId = await readRules(env, [...new Set([...sums, ...times].map(({ id }) => id))])
  const figures = [
    ...sums.filter(({ kind }) => kind !== 'spike'),
    ...times.map(({ histogram, ...one }) => ({
      ...one,
      value: histogram === null ? null : (p95(histogram) ?? 0),
    })),
  ]
  const plain = figures.flatMap(({ id, endMs, value }) => {
    const rule = byId.get(id)
    return rule ? [finding(rule, { ...windowOf(rule, endMs, nowMs), measured: { value } })] : []
  })
  const spikes = sums.filter(({ kind }) => kind === 'spike').slice(0, MOST_SPIKES)
  return [...plain, ...(await findSpikes(env, byId, spikes, nowMs))]
}

async function findSpikes(
  env: Env,
  rules: ReadonlyMap<string, StatedRule>,
  sums: readonly Summed[],
  nowMs: number,
): Promise<Finding[]> {
  if (sums.length === 0) return []
  const { results } = await env.DB.prepare(
    `SELECT id, ifnull(time_zone, 'UTC') AS zone FROM accounts WHERE id IN (SELECT value FROM json_each(?1))`,
  )
    .bind(JSON.stringify([...new Set([...rules.values()].map(({ accountId }) => accountId))]))
    .all<{ id: string; zone: string }>()
  const zones = new Map(results.map(({ id, zone }) => [id, zone]))
  const asked = sums.flatMap(({ id, endMs, value }) => {
    const rule = rules.get(id)
    return rule ? [{ rule, hourMs: endMs, spent: value ?? 0 }] : []
  })
  const usualOfHour = await readUsual(
    env.LEDGER,
    asked.map(({ rule, hourMs }): Hour => {
      const { accountId } = rule
      return { accountId, hourMs, zone: zones.get(accountId) ?? 'UTC' }
    }),
  )
  return asked.map(({ rule, hourMs, spent }) => {
    const found = usualOfHour({ accountId: rule.accountId, hourMs })
    const usual = found && usualOf(found.costs, hourMs, found.firstMs)
    return spikeOf(rule, { hourMs, spent, usual }, nowMs)
  })
}

/** Below the minimum nothing is unusual; above it, an hour that usually costs nothing is. */
function spikeOf(
  rule: StatedRule,
  { hourMs, spent, usual }: { hourMs: number; spent: number; usual: number | null },
  nowMs: number,
): Finding {
  const timesOf = (often: number): number => {
    if (spent < Math.max(rule.minimum ?? 0, 1)) return 0
    return often === 0 ? (rule.threshold ?? 1) : spent / often
  }
  return finding(rule, {
    subject: ALL,
    ...windowOf(rule, hourMs, nowMs),
    measured: { value: usual === null ? null : timesOf(usual) },
    detail: { spent, usual: Math.round(usual ?? 0) },
  })
}
