import type { Facts } from '../facts.ts'
import type { StatedRule } from '../rules/rule.ts'

export const REPLAYED_DAYS = 30

/** A rule with what it would have told, the first first. */
export interface Replayed {
  rule: StatedRule
  /** Null: what it is judged by is not kept for the past. */
  tells: readonly { atMs: number; facts: Facts }[] | null
}
