import { CRON_PERIODS_MS, CRONS } from '../../ledger/crons.ts'
import { age } from '../../http/format.ts'
import { ABOUT, type About, type Check, type CheckName } from './checks.ts'

/** `waiting`: it cannot be known yet. `absent`: this deployment does without. */
export type FindingState = 'ok' | 'absent' | 'waiting' | 'failed'

/** One line of the doctor. */
export interface Finding {
  title: string
  state: FindingState
  text: string
  /** What to do. Null: nothing. */
  fix: string | null
}

export const ok = (title: string, text: string): Finding => ({
  title,
  state: 'ok',
  text,
  fix: null,
})
export const failed = (title: string, text: string, fix: string): Finding => ({
  title,
  state: 'failed',
  text,
  fix,
})

/** Worth a line only if something is wrong: each cron has its own, and few deployments have a set-up code. */
const SILENT: readonly CheckName[] = ['CRONS', 'SETUP_CODE']

/** The findings of the checks that the health page shows at any time. */
export function bindingFindings(checks: Readonly<Record<CheckName, Check>>): Finding[] {
  return (Object.keys(ABOUT) as CheckName[]).flatMap((name): Finding[] => {
    const { title, fix }: About = ABOUT[name]
    const { problem, missing } = checks[name]
    if (problem === null && missing === null && SILENT.includes(name)) return []
    if (problem !== null) return [failed(title, problem, fix)]
    if (missing === null) return [ok(title, 'works')]
    const text = `not bound: ${missing}`
    return [{ title, state: 'absent', text, fix: null }]
  })
}

/** A cron may be late by as much as this. */
const LATE_MS = 600_000

/** `sinceMs`: when this version's schema was deployed; no cron has run before. */
export function cronFindings(
  beats: ReadonlyMap<string, number>,
  sinceMs: number,
  nowMs: number,
): Finding[] {
  return (Object.keys(CRONS) as (keyof typeof CRONS)[]).map((name) => {
    const cron = CRONS[name]
    const title = `Cron ${cron}`
    const periodMs = CRON_PERIODS_MS[name]
    const last = beats.get(cron) ?? null
    if (last !== null && nowMs - last <= 2 * periodMs + LATE_MS)
      return ok(title, `ran ${age(Math.max(0, nowMs - last))} ago`)
    const fix = `Check that ${cron} is under [triggers] in wrangler.toml and run npm run deploy; the Free plan allows five crons an account.`
    if (last !== null) return failed(title, `has not run for ${age(nowMs - last)}`, fix)
    if (nowMs - sinceMs <= periodMs + LATE_MS)
      return {
        title,
        state: 'waiting',
        text: `has not run yet; runs every ${age(periodMs)}`,
        fix: null,
      }
    return failed(title, `has not run since the deployment ${age(nowMs - sinceMs)} ago`, fix)
  })
}

const CLOCK_TOLERANCE_MS = 60_000

/** Compares the Worker's clock with another one. Null: the other one did not say. */
export function clockFinding(nowMs: number, otherMs: number | null, whose: string): Finding {
  const title = 'Clock'
  if (otherMs === null)
    return { title, state: 'waiting', text: `${whose} did not say the time`, fix: null }
  const apartMs = Math.abs(nowMs - otherMs)
  if (apartMs <= CLOCK_TOLERANCE_MS) return ok(title, `agrees with ${whose}’s`)
  return failed(
    title,
    `is ${age(apartMs)} ${nowMs > otherMs ? 'ahead of' : 'behind'} ${whose}’s`,
    'Set the clock of the machine: links and sessions expire by it.',
  )
}
