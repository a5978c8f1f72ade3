import type * as z from 'zod'
import type { ruleAnswer } from './answer.ts'
import { KINDS } from './kinds.ts'
import type { Rule } from './rule.ts'
import type { RuleStates } from '../levels.ts'

const iso = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString()

/** A rule as the API returns it. */
export const presentRule = (rule: Rule, states: RuleStates): z.output<typeof ruleAnswer> => ({
  id: rule.id,
  name: rule.name,
  kind: rule.kind,
  scope: rule.scope,
  threshold: rule.threshold,
  unit: KINDS[rule.kind].threshold?.unit ?? null,
  hours: rule.hours,
  minimum: rule.minimum,
  channels: rule.channels && [...rule.channels],
  createdAt: new Date(rule.createdAtMs).toISOString(),
  state: Object.entries(states).map(([subject, { open = null, warning, alert, over }]) => ({
    subject,
    open,
    warningAt: iso(warning),
    alertAt: iso(alert),
    overAt: iso(over),
  })),
})
