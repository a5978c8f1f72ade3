import type { Actor } from '../../audit/action.ts'
import type { Env } from '../../env.ts'
import { withDefaults } from './input.ts'
import { KINDS, type RuleKind } from './kinds.ts'
import { createRule, listRules } from './store.ts'

/** Rules that suit every account as they are. */
const RECOMMENDED: readonly RuleKind[] = [
  'spike',
  'error_rate',
  'model_change',
  'price_drift',
  'token_expiry',
  'token_unused',
  'ledger',
]

/** Creates the rules that every account can use, but for those that it has. False: the account has too many. */
export async function createRecommended(
  env: Pick<Env, 'DB'>,
  actor: Actor,
  nowMs: number,
): Promise<boolean> {
  const kinds = new Set((await listRules(env, actor.accountId)).map(({ kind }) => kind))
  for (const kind of RECOMMENDED.filter((one) => !kinds.has(one))) {
    const created = await createRule(
      env,
      actor,
      {
        ...withDefaults({ kind, threshold: null, hours: null, minimum: null }),
        name: KINDS[kind].title,
        scope: { kind: 'account', value: null },
        channels: null,
      },
      nowMs,
    )
    if (created === null) return false
  }
  return true
}
