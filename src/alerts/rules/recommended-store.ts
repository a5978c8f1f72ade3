import type { Actor } from '../../audit/action.ts'
import type { Env } from '../../env.ts'
import { withDefaults } from './input.ts'
import { KINDS, type RuleKind } from './kinds.ts'
import { createRule } from './store.ts'

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

/** Creates the rules that every account can use. False: the account has too many. */
export async function createRecommended(
  env: Pick<Env, 'DB'>,
  actor: Actor,
  nowMs: number,
): Promise<boolean> {
  for (const kind of RECOMMENDED) {
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
