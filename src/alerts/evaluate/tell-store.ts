import type { Env } from '../../env.ts'
import { announce, INSERT_RAISED, ONCE, withIds, type Raised } from '../raise-store.ts'
import { RULE_COLUMNS, toRule, type StatedRule, type StoredRule } from '../rules/rule.ts'
import type { Verdict } from './judge.ts'

/** The rules with these ids, as they are now. */
export async function readRules(
  { DB }: Pick<Env, 'DB'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StatedRule>> {
  if (ids.length === 0) return new Map()
  const { results } = await DB.prepare(
    `SELECT ${RULE_COLUMNS} FROM alert_rules WHERE id IN (SELECT value FROM json_each(?1))`,
  )
    .bind(JSON.stringify(ids))
    .all<StoredRule>()
  return new Map(results.map((row) => [row.id, toRule(row)]))
}

/** The rules of an account, the oldest first. */
export async function readRulesOfAccount(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
): Promise<StatedRule[]> {
  const { results } = await DB.prepare(
    `SELECT ${RULE_COLUMNS} FROM alert_rules WHERE account_id = ?1 ORDER BY created_at_ms, id`,
  )
    .bind(accountId)
    .all<StoredRule>()
  return results.map(toRule)
}

/** The rules of these kinds. */
export async function readRulesOf(
  { DB }: Pick<Env, 'DB'>,
  kinds: readonly string[],
  most: number,
): Promise<StatedRule[]> {
  const { results } = await DB.prepare(
    `SELECT ${RULE_COLUMNS} FROM alert_rules WHERE kind IN (SELECT value FROM json_each(?1)) ORDER BY id LIMIT ?2`,
  )
    .bind(JSON.stringify(kinds), most)
    .all<StoredRule>()
  return results.map(toRule)
}

/**
 * Keeps what rules tell, together with their new states. A rule that was changed meanwhile, or judged by another run,
 * tells nothing now.
 */
export async function tell(env: Env, verdicts: readonly Verdict[], nowMs: number): Promise<void> {
  if (verdicts.length === 0) return
  const raised = verdicts.flatMap(({ rule, tells }) =>
    tells.map(({ subject, atMs, facts }): Raised & Pick<StatedRule, 'stored' | 'changedAtMs'> => ({
      accountId: rule.accountId,
      onceKey: ['rule', rule.id, subject, facts.level, atMs].join('/'),
      facts,
      channels: rule.channels,
      stored: rule.stored,
      changedAtMs: rule.changedAtMs,
    })),
  )
  const states = verdicts.map(({ rule, states: after }) => ({
    id: rule.id,
    before: rule.stored,
    changedAtMs: rule.changedAtMs,
    after: JSON.stringify(after),
  }))
  const [inserted] = await env.DB.batch<{ id: string }>([
    env.DB.prepare(
      `${INSERT_RAISED} AND EXISTS (SELECT 1 FROM alert_rules AS r
         WHERE r.id = one.value ->> '$.facts.ruleId' AND r.state = one.value ->> 'stored'
           AND r.changed_at_ms = one.value ->> 'changedAtMs') ${ONCE}`,
    ).bind(withIds(raised, nowMs), nowMs),
    env.DB.prepare(
      `UPDATE alert_rules SET state = one.value ->> 'after' FROM json_each(?1) AS one
       WHERE alert_rules.id = one.value ->> 'id' AND alert_rules.state = one.value ->> 'before'
         AND alert_rules.changed_at_ms = one.value ->> 'changedAtMs'`,
    ).bind(JSON.stringify(states)),
  ])
  await announce(
    env,
    (inserted?.results ?? []).map(({ id }) => id),
  )
}
