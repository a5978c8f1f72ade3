import type { Env } from '../../env.ts'
import { driftWords } from '../../pricing/fetched-prices.ts'
import { conditionsOf, conditionTitle, type Condition } from '../../reports/health/conditions.ts'
import { readLedgerState } from '../../reports/health/store.ts'
import { readPriceState } from '../../settlement/prices-store.ts'
import type { StatedRule } from '../rules/rule.ts'
import { finding, type Finding } from './judge.ts'
import { readRulesOf } from './tell-store.ts'

const MOST_RULES = 2_000

/** The conditions of the deployment, and models whose bills differ from the price table, for the rules about them. */
export async function findConditions(env: Env, nowMs: number): Promise<Finding[]> {
  const rules = await readRulesOf(env, ['ledger', 'price_drift'], MOST_RULES)
  const of = (kind: StatedRule['kind']): StatedRule[] => rules.filter((rule) => rule.kind === kind)
  const [ledger, drift] = [of('ledger'), of('price_drift')]
  const [state, prices] = await Promise.all([
    ledger.length > 0 ? readLedgerState(env) : null,
    drift.length > 0 ? readPriceState(env) : null,
  ])
  const conditions = state ? conditionsOf(state, nowMs) : []
  const drifting = (prices?.drifting ?? []).map((one): Condition => {
    const text = `${driftWords(one)}.`
    return { id: one.model, level: 'warning', text }
  })
  return [
    ...ledger.flatMap((rule) => findingsOf(rule, conditions, nowMs)),
    ...drift.flatMap((rule) => findingsOf(rule, drifting, nowMs)),
  ]
}

/** What is, and what was told and is not any more. */
function findingsOf(rule: StatedRule, conditions: readonly Condition[], nowMs: number): Finding[] {
  const ids = new Set(conditions.map(({ id }) => id))
  const over = Object.entries(rule.states).filter(
    ([subject, { open }]) => open !== undefined && !ids.has(subject),
  )
  const at = { atMs: nowMs, fromMs: null, toMs: null }
  return [
    ...conditions.map(({ id, level, text, count }) =>
      finding(rule, {
        ...at,
        subject: id,
        measured: { is: true, level, ...(count === undefined ? {} : { count }) },
        detail: { conditionId: id, text },
      }),
    ),
    ...over.map(([subject]) =>
      finding(rule, {
        ...at,
        subject,
        measured: { is: false, level: 'warning' },
        detail: {
          conditionId: subject,
          text: rule.kind === 'ledger' ? conditionTitle(subject) : `the price of ${subject}`,
        },
      }),
    ),
  ]
}
