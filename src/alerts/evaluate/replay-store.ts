// What an account's rules would have told in the last 30 days: the same statements and the same judging as the job's.
import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'
import type { RuleKind } from '../rules/kinds.ts'
import type { StatedRule } from '../rules/rule.ts'
import { forecastFinding } from './job.ts'
import { judge, type Finding } from './judge.ts'
import { findFirstRedirects } from './models-store.ts'
import { readDays } from './spending-store.ts'
import { REPLAYED_DAYS, type Replayed } from './replay.ts'
import { findExpiries } from './tokens-store.ts'
import { readRulesOfAccount } from './tell-store.ts'
import { findInWindows } from './windows-store.ts'

/** Forecasts go by the four weeks before. */
const PATTERN_DAYS = 28
const MOST_ROWS = 40_000

/** Windows of a day or a week are looked at every three hours or every day, so that a replay reads little. */
const stepOf = ({ hours }: StatedRule): number => Math.max(1, Math.floor((hours ?? 1) / 7))

async function replayWindows(
  env: Env,
  rules: readonly StatedRule[],
  nowMs: number,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const step of new Set(rules.map(stepOf))) {
    const own = rules.filter((rule) => stepOf(rule) === step)
    const byId = new Map(own.map((rule) => [rule.id, rule]))
    const hours = REPLAYED_DAYS * 24
    const found = await findInWindows(
      env,
      {
        // As if each had told something, so that every window comes back.
        rules: JSON.stringify(own.map(toJson)),
        ends: {
          backs: Array.from({ length: Math.floor(hours / step) }, (_, index) => index * step),
          longest: hours,
        },
        most: MOST_ROWS,
        mostSpikes: hours,
        isReplay: true,
        rulesOf: async () => byId,
      },
      nowMs,
    )
    findings.push(...found)
  }
  return findings
}

const toJson = ({ id, accountId, kind, scope, hours, threshold, minimum }: StatedRule) => ({
  i: id,
  a: accountId,
  k: kind,
  s: scope.kind,
  v: scope.value,
  h: hours,
  t: threshold,
  m: minimum,
  o: 1,
  c: 0,
})

/** Each day's end, and now. */
async function replayForecasts(
  { LEDGER }: Env,
  rules: readonly StatedRule[],
  zone: string,
  nowMs: number,
): Promise<Finding[]> {
  const [first] = rules
  if (!first) return []
  const fromMs = nowMs - (REPLAYED_DAYS + PATTERN_DAYS + 3) * DAY_MS
  const days = await readDays(LEDGER, first.accountId, zone, fromMs, nowMs)
  return days.flatMap(({ startMs }, index) => {
    const endMs = Math.min(days[index + 1]?.startMs ?? nowMs, nowMs) - 1
    if (startMs < nowMs - REPLAYED_DAYS * DAY_MS) return []
    return rules.map((rule) => forecastFinding(rule, days.slice(0, index + 1), zone, endMs))
  })
}

type Replay = (
  env: Env,
  rules: readonly StatedRule[],
  zone: string,
  nowMs: number,
) => Promise<Finding[]>

const byWindows: Replay = (env, rules, _zone, nowMs) => replayWindows(env, rules, nowMs)

/** How each kind is replayed. Null: its past is not kept. */
const REPLAYS: Record<RuleKind, Replay | null> = {
  forecast: replayForecasts,
  spike: byWindows,
  error_rate: byWindows,
  error_count: byWindows,
  latency: byWindows,
  volume: byWindows,
  model_change: (env, rules, _zone, nowMs) =>
    findFirstRedirects(env, rules, nowMs - REPLAYED_DAYS * DAY_MS, nowMs),
  token_expiry: (env, rules, _zone, nowMs) =>
    findExpiries(env, rules, nowMs - REPLAYED_DAYS * DAY_MS, nowMs),
  credit: null,
  price_drift: null,
  token_unused: null,
  ledger: null,
}

/** What the account's rules would have told in the last 30 days, as they are now. */
export async function replay(
  env: Env,
  accountId: string,
  zone: string,
  nowMs: number,
): Promise<Replayed[]> {
  const rules = (await readRulesOfAccount(env, accountId)).map((rule): StatedRule => ({
    ...rule,
    states: {},
  }))
  const findings: Finding[] = []
  for (const play of new Set(rules.map(({ kind }) => REPLAYS[kind]))) {
    if (play === null) continue
    const own = rules.filter(({ kind }) => REPLAYS[kind] === play)
    findings.push(...(await play(env, own, zone, nowMs)))
  }
  const verdicts = new Map(judge(findings).map((verdict) => [verdict.rule.id, verdict.tells]))
  return rules.map((rule) => ({
    rule,
    tells: REPLAYS[rule.kind] === null ? null : (verdicts.get(rule.id) ?? []),
  }))
}
