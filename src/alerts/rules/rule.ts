import type { RuleStates } from '../levels.ts'
import type { RuleKind } from './kinds.ts'

export const RULE_SCOPES = ['account', 'token', 'model'] as const

/** Whose requests a rule is about. `value`: the id of a token, or a model; null for the account. */
export interface RuleScope {
  kind: (typeof RULE_SCOPES)[number]
  value: string | null
}

export interface Rule {
  id: string
  accountId: string
  name: string
  kind: RuleKind
  scope: RuleScope
  threshold: number | null
  hours: number | null
  minimum: number | null
  channels: readonly string[] | null
  createdAtMs: number
}

/** A rule with what it has told. `stored`: the same as the database has it. */
export interface StatedRule extends Rule {
  states: RuleStates
  stored: string
  changedAtMs: number
}

/** The columns of `alert_rules` that make a rule. */
export const RULE_COLUMNS = `id, account_id AS accountId, name, kind, scope, threshold, hours, minimum, channels,
  created_at_ms AS createdAtMs, changed_at_ms AS changedAtMs, state AS stored`

type StoredRule = Omit<StatedRule, 'scope' | 'channels' | 'states'> & {
  scope: string
  channels: string | null
}

export const toRule = ({ scope, channels, ...rule }: StoredRule): StatedRule => ({
  ...rule,
  scope: JSON.parse(scope) as RuleScope,
  channels: channels === null ? null : (JSON.parse(channels) as string[]),
  states: JSON.parse(rule.stored) as RuleStates,
})
export type { StoredRule }
