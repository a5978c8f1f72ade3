// The five-minute job evaluates the rules of all accounts by its scheduled time. Each turn is bounded, however many
// accounts there are: rules that come near their threshold are found by one statement for all of them.
import { readSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { ACTIVE_SQL, RULES_SQL } from './windows-sql.ts'
import { BEGIN, keepCycle, nextCycle, type Cycle } from './cycle-store.ts'
import { forecastFromMs, forecastOf, type DayCost } from './forecast.ts'
import { finding, judge, type Finding } from './judge.ts'
import { findModelChanges } from './models-store.ts'
import { mayReach, readDays, readZones } from './spending-store.ts'
import { readRules, tell } from './tell-store.ts'
import { findInWindows, windowsOfRun } from './windows-store.ts'
import { findConditions } from './conditions-store.ts'
import { findExpiring, findUnused } from './tokens-store.ts'
import { periodAt } from '../../spend/window.ts'
import type { StatedRule } from '../rules/rule.ts'

/** D1 takes 2 MB a value: so many rules have half of that. */
const RULES_AT_ONCE = 6_000
const MINUTE_MS = 60_000

interface Page {
  rules: string
  count: number
  last: string | null
}

/**
 * The rules that may have something new to tell: of accounts with requests in hours that are not summed up yet, and those
 * that may be over. Every six hours, of accounts with requests today, in case hours were summed up before; in the first
 * run of a day, all.
 */
async function readPage(env: Env, { cursor, beforeMs }: Cycle, nowMs: number): Promise<Page> {
  const isPlain = dayOf(nowMs) === dayOf(beforeMs) && beforeMs < nowMs
  const active = isPlain
    ? await env.LEDGER.prepare(ACTIVE_SQL)
        .bind(sixthOf(nowMs) > sixthOf(beforeMs) ? 1 : 0)
        .first<{ accounts: string }>()
    : null
  return (await env.DB.prepare(RULES_SQL)
    .bind(cursor, RULES_AT_ONCE, active?.accounts ?? null)
    .first<Page>())!
}

const dayOf = (ms: number): number => Math.floor(ms / DAY_MS)
const sixthOf = (ms: number): number => Math.floor(ms / (6 * HOUR_MS))

/** Errors, latency, volume, unusual hours and redirects. Returns whether there are more rules. */
export async function checkAlerts(env: Env, nowMs: number): Promise<boolean> {
  const cycle = await nextCycle(env, 'windows', MINUTE_MS, nowMs)
  if (cycle === null) return false
  const { rules, count, last } = await readPage(env, cycle, nowMs)
  if (count > 0) {
    const { plan } = readSettings(env)
    const findings = [
      ...(await findInWindows(env, windowsOfRun(env, rules, cycle.beforeMs, plan, nowMs), nowMs)),
      ...(await findModelChanges(env, rules, cycle.beforeMs, nowMs)),
    ]
    await tell(env, judge(findings), nowMs)
  }
  const isMore = count === RULES_AT_ONCE
  await keepCycle(env, 'windows', { ...cycle, cursor: isMore ? last : null })
  return isMore
}

/** Forecasts in a turn: each reads the days of two months at most. */
const FORECASTS = { free: 4, paid: 40 } as const

/** Forecasts of the month, each rule once an hour. Returns whether there are more. */
export async function checkForecasts(env: Env, nowMs: number): Promise<boolean> {
  const cycle = await nextCycle(env, 'forecasts', HOUR_MS, nowMs)
  if (cycle === null) return false
  const { results } = await env.DB.prepare(
    `SELECT json_group_array(json_object('i', id, 'a', account_id, 't', threshold, 'o', state ->> '$.all.open' IS NOT NULL)) AS rules
     FROM (SELECT * FROM alert_rules WHERE kind = 'forecast' AND id > ?1 ORDER BY id LIMIT ?2)`,
  )
    .bind(cycle.cursor, RULES_AT_ONCE)
    .all<{ rules: string }>()
  const most = FORECASTS[readSettings(env).plan]
  const rules = results[0]?.rules ?? '[]'
  const ids =
    rules === '[]' ? [] : await mayReach(env.LEDGER, rules, cycle.cursor ?? '', most, nowMs)
  const byId = await readRules(env, ids)
  const zones = await readZones(
    env,
    [...byId.values()].map(({ accountId }) => accountId),
  )
  const findings: Finding[] = []
  for (const rule of byId.values()) {
    try {
      findings.push(await forecast(env, rule, zones.get(rule.accountId) ?? 'UTC', nowMs))
    } catch (error) {
      // The others must not wait for one that cannot be read.
      console.error('forecast not made', rule.id, loggable(error))
    }
  }
  await tell(env, judge(findings), nowMs)
  const isMore = ids.length === most
  await keepCycle(env, 'forecasts', { ...cycle, cursor: isMore ? (ids.at(-1) ?? null) : null })
  return isMore
}

async function forecast(env: Env, rule: StatedRule, zone: string, nowMs: number): Promise<Finding> {
  const days = await readDays(env.LEDGER, rule.accountId, zone, forecastFromMs(nowMs, zone), nowMs)
  return forecastFinding(rule, days, zone, nowMs)
}

/** What the month is expected to cost at a moment. */
export function forecastFinding(
  rule: StatedRule,
  days: readonly DayCost[],
  zone: string,
  nowMs: number,
): Finding {
  const expected = forecastOf(days, nowMs, zone)
  return finding(rule, {
    atMs: nowMs,
    measured: { value: expected?.total ?? null },
    fromMs: periodAt('month', zone, nowMs).startMs,
    toMs: nowMs,
    detail: expected === null ? {} : { spent: expected.spent },
  })
}

/** The state of the deployment: its ledger, its jobs, its price table. */
export async function checkConditions(env: Env, nowMs: number): Promise<boolean> {
  await tell(env, judge(await findConditions(env, nowMs)), nowMs)
  return false
}

/** Tokens that expire or are not used, each once an hour. Returns whether there are more. */
export async function checkTokens(env: Env, nowMs: number): Promise<boolean> {
  const cycle = await nextCycle(env, 'tokens', HOUR_MS, nowMs)
  if (cycle === null) return false
  const expiring = cycle.cursor === BEGIN ? await findExpiring(env, nowMs) : []
  const { findings, cursor } = await findUnused(env, cycle.cursor ?? '', nowMs)
  await tell(env, judge([...expiring, ...findings]), nowMs)
  await keepCycle(env, 'tokens', { ...cycle, cursor })
  return cursor !== null
}
