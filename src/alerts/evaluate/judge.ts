import { ALL, decide, decideOnce, type Decision, type Level, type RuleState } from '../levels.ts'
import type { Detail, Facts } from '../facts.ts'
import { KINDS } from '../rules/kinds.ts'
import type { StatedRule } from '../rules/rule.ts'

/** What was found about a rule at one moment. */
export interface Finding {
  rule: StatedRule
  /** Tells several things of one rule apart. */
  subject: string
  atMs: number
  /**
   * A figure, by the threshold of the rule; null: there is too little to judge by. Or what is, or is not. Or what was
   * there before the rule, and is no news.
   */
  measured:
    | { value: number | null }
    | { is: boolean; level: Level; count?: number }
    | { isKnown: true }
  fromMs: number | null
  toMs: number | null
  scope?: Facts['scope']
  detail?: Detail
}

export const finding = (
  rule: StatedRule,
  rest: Omit<Finding, 'rule' | 'subject'> & { subject?: string },
): Finding => ({ subject: ALL, ...rest, rule })

/** A rule with what it tells, and the state that it has then. */
export interface Verdict {
  rule: StatedRule
  states: Readonly<Record<string, RuleState>>
  tells: { subject: string; atMs: number; facts: Facts }[]
}

/** The subjects of a rule whose state is kept: the latest. */
const MOST_SUBJECTS = 2_000

/** A figure as a share of the threshold: 1 at the threshold, and more beyond it. */
export function shareOf({ kind, threshold }: StatedRule, value: number | null): number | null {
  if (value === null || threshold === null) return null
  if (KINDS[kind].isBelow !== true) return value / threshold
  return value <= 0 ? Number.POSITIVE_INFINITY : threshold / value
}

function decisionOf({ rule, atMs, measured }: Finding, state: RuleState): Decision {
  if ('isKnown' in measured) return { tells: null, state: { ...state, open: 'alert' } }
  return 'is' in measured
    ? decideOnce(measured, state, atMs)
    : decide(shareOf(rule, measured.value), state, atMs)
}

function factsOf(
  { rule, measured, fromMs, toMs, scope, detail = {} }: Finding,
  level: Facts['level'],
): Facts {
  return {
    kind: rule.kind,
    level,
    ruleId: rule.id,
    name: rule.name,
    scope: scope ?? rule.scope,
    value: 'value' in measured ? measured.value : null,
    limit: rule.threshold,
    unit: KINDS[rule.kind].threshold?.unit ?? null,
    fromMs,
    toMs,
    detail,
  }
}

/** What rules tell of what was found, in the order of time. Rules that tell nothing and stay as they are are left out. */
export function judge(findings: readonly Finding[]): Verdict[] {
  const verdicts = new Map<string, Verdict>()
  for (const one of findings.toSorted((a, b) => a.atMs - b.atMs)) {
    const verdict = verdicts.get(one.rule.id) ?? {
      rule: one.rule,
      states: one.rule.states,
      tells: [],
    }
    const before = verdict.states[one.subject] ?? {}
    const { tells, state } = decisionOf(one, before)
    if (state === before) continue
    const { [one.subject]: _before, ...others } = verdict.states
    verdict.states = latest({ ...others, [one.subject]: state })
    if (tells !== null)
      verdict.tells.push({ subject: one.subject, atMs: one.atMs, facts: factsOf(one, tells) })
    verdicts.set(one.rule.id, verdict)
  }
  return [...verdicts.values()]
}

const latest = (states: Verdict['states']): Verdict['states'] =>
  Object.fromEntries(Object.entries(states).slice(-MOST_SUBJECTS))
