import type { ScopeKind, Window } from '../spend/budget.ts'
import type { Told } from './levels.ts'
import type { RuleKind, Unit } from './rules/kinds.ts'

/** What a message can be about: a rule, a budget's threshold, or a test of a channel. */
export type FactKind = RuleKind | 'budget' | 'test'

/** What was found, before it is put into words. */
export interface Facts {
  kind: FactKind
  level: Told
  /** Null: there is no rule. */
  ruleId: string | null
  /** The name of the rule or the budget. */
  name: string
  scope: { kind: ScopeKind; value: string | null }
  /** The figure that crossed the line, and the line. Null: it is no figure. */
  value: number | null
  limit: number | null
  unit: Unit | null
  /** The period that the figure is of. Null: none. */
  fromMs: number | null
  toMs: number | null
  detail: Detail
}

/** What only some kinds have. */
export interface Detail {
  budgetId?: string
  window?: Window
  /** In percent of the budget's limit. */
  percent?: number
  resetsAtMs?: number | null
  action?: string
  /** Spent this month up to now, in ticks. */
  spent?: number
  /** What the same hour usually costs, in ticks. */
  usual?: number
  requestedModel?: string
  /** Null: xAI no longer lists the model. */
  model?: string | null
  tokenId?: string
  tokenName?: string
  expiresAtMs?: number
  /** A condition of the deployment, as the health page has it. */
  conditionId?: string
  text?: string
}
