import type { Env, Plan } from '../../env.ts'
import { HOUR_MS } from '../../http/time.ts'
import { percentileMs } from '../../reports/usage/percentile.ts'
import { ALL, WARNING_SHARE } from '../levels.ts'
import type { StatedRule } from '../rules/rule.ts'
import { usualOf } from './forecast.ts'
import { finding, shareOf, type Finding } from './judge.ts'
import { hourOf, readUsual, readZones, type Hour } from './spending-store.ts'
import { readRules } from './tell-store.ts'
import {
  endsBack,
  SUMMED_KINDS,
  SUMMED_SQL,
  TIMED_SQL,
  type Ends,
  type Summed,
  type Timed,
} from './windows-sql.ts'

/** Rules that have something to tell at once; the others come in the next run. */
const MOST = { free: 200, paid: 1_000 } as const
/** Unusual hours that are looked at in one run: each reads 28 hours. */
const MOST_SPIKES = 50
const RUN_MS = 300_000

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

/** The windows to look at, and how much of them. */
export interface Windows {
  /** As `RULES_SQL` has them. */
  rules: string
  /** How many hours back windows end. */
  ends: Ends
  most: number
  /** Unusual hours that are looked at: each reads 28 hours. */
  mostSpikes: number
  /** Every window comes back, and may be where a rule is over; otherwise the last whole hour alone. */
  isReplay: boolean
  /** The rules with these ids. */
  rulesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, StatedRule>>
}

/** The windows of a run of the job. */
export const windowsOfRun = (
  env: Env,
  rules: string,
  sinceMs: number,
  plan: Plan,
  nowMs: number,
): Windows => ({
  rules,
  ends: endsBack(hourOf(nowMs), sinceMs, nowMs),
  most: MOST[plan],
  mostSpikes: MOST_SPIKES,
  isReplay: false,
  rulesOf: (ids) => readRules(env, ids),
})

/**
 * The figure at the end of a window. Below the threshold, a running hour says nothing, nor one that was looked at before:
 * a rule is over only when the hour that ended last shows it.
 */
function measuredAt(
  rule: StatedRule,
  { endMs, value }: { endMs: number; value: number | null },
  { isReplay }: Windows,
  nowMs: number,
): { value: number | null } {
  const share = shareOf(rule, value)
  const mayEnd = isReplay || endMs === hourOf(nowMs) - HOUR_MS
  return { value: share !== null && share < WARNING_SHARE && !mayEnd ? null : value }
}

/** What windows of hours add up to, for rules of any number of accounts: of those that come near. */
export async function findInWindows(env: Env, windows: Windows, nowMs: number): Promise<Finding[]> {
  const { rules, ends, most } = windows
  const statement = (sql: string, kinds: readonly string[]): D1PreparedStatement =>
    env.LEDGER.prepare(sql).bind(
      rules,
      hourOf(nowMs),
      JSON.stringify(kinds),
      most,
      JSON.stringify(ends.backs),
      windows.isReplay ? 1 : 0,
      ends.longest,
    )
  const [summed, timed] = await env.LEDGER.batch([
    statement(SUMMED_SQL, SUMMED_KINDS),
    statement(TIMED_SQL, ['latency']),
  ])
  const sums = (summed?.results ?? []) as Summed[]
  const times = (timed?.results ?? []) as Timed[]
  const byId = await windows.rulesOf([...new Set([...sums, ...times].map(({ id }) => id))])
  const figures = [
    ...sums.filter(({ kind }) => kind !== 'spike'),
    ...times.map(({ histogram, ...one }) => ({
      ...one,
      value: histogram === null ? null : (p95(histogram) ?? 0),
    })),
  ]
  const plain = figures.flatMap(({ id, endMs, value }) => {
    const rule = byId.get(id)
    if (!rule) return []
    const measured = measuredAt(rule, { endMs, value }, windows, nowMs)
    return [finding(rule, { ...windowOf(rule, endMs, nowMs), measured })]
  })
  const spikes = sums.filter(({ kind }) => kind === 'spike')
  return [...plain, ...(await findSpikes(env, byId, spikes, windows, nowMs))]
}

const isLarge = ({ minimum }: StatedRule, spent: number): boolean =>
  spent >= Math.max(minimum ?? 0, 1)

/** What an hour usually costs is read for those alone that reach the minimum of their rule. */
async function findSpikes(
  env: Env,
  rules: ReadonlyMap<string, StatedRule>,
  sums: readonly Summed[],
  windows: Windows,
  nowMs: number,
): Promise<Finding[]> {
  if (sums.length === 0) return []
  const { mostSpikes: most } = windows
  const asked = sums.flatMap(({ id, endMs, value }) => {
    const rule = rules.get(id)
    return rule ? [{ rule, hourMs: endMs, spent: value ?? 0 }] : []
  })
  const all = asked.filter(({ rule, spent }) => isLarge(rule, spent))
  // Others are looked at in each run, so that every rule has its turn.
  const first = all.length > most ? (Math.floor(nowMs / RUN_MS) * most) % all.length : 0
  const large = [...all.slice(first), ...all.slice(0, first)].slice(0, most)
  const zones = await readZones(
    env,
    large.map(({ rule }) => rule.accountId),
  )
  const usualOfHour = await readUsual(
    env.LEDGER,
    large.map(({ rule: { accountId }, hourMs }): Hour => {
      return { accountId, hourMs, zone: zones.get(accountId) ?? 'UTC' }
    }),
  )
  const small = asked.filter(({ rule, spent }) => !isLarge(rule, spent))
  return [
    ...small.map((one) => spikeOf(one.rule, { ...one, usual: 0 }, windows, nowMs)),
    ...large.map(({ rule, hourMs, spent }) => {
      const found = usualOfHour({ accountId: rule.accountId, hourMs })
      const usual = found && usualOf(found.costs, hourMs, found.firstMs)
      return spikeOf(rule, { hourMs, spent, usual }, windows, nowMs)
    }),
  ]
}

/** Below the minimum nothing is unusual; above it, an hour that usually costs nothing is. */
function spikeOf(
  rule: StatedRule,
  { hourMs, spent, usual }: { hourMs: number; spent: number; usual: number | null },
  windows: Windows,
  nowMs: number,
): Finding {
  const timesOf = (often: number): number => {
    if (!isLarge(rule, spent)) return 0
    return often === 0 ? (rule.threshold ?? 1) : spent / often
  }
  return finding(rule, {
    subject: ALL,
    ...windowOf(rule, hourMs, nowMs),
    measured: measuredAt(
      rule,
      { endMs: hourMs, value: usual === null ? null : timesOf(usual) },
      windows,
      nowMs,
    ),
    detail: { spent, usual: Math.round(usual ?? 0) },
  })
}
