import { Hono } from 'hono'
import * as z from 'zod'
import { findToken } from '../../credentials/tokens/store.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import type { Env } from '../../env.ts'
import { readInput, readJsonInput } from '../../http/input.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { listChannels } from '../channels/store.ts'
import type { RuleStates } from '../levels.ts'
import { checkRule, newRule, ruleChanges, type RuleChanges } from './input.ts'
import { presentRule } from './present.ts'
import type { Rule } from './rule.ts'
import {
  createRule,
  deleteRule,
  findRule,
  listRules,
  MOST_RULES,
  updateRule,
  type RuleRow,
} from './store.ts'

export const alertRoutes = new Hono<SignedIn>()

const MISSING = { reason: 'not_found', what: 'this alert in your account' } as const
const OWNERS_ONLY = { reason: 'owners_only', what: 'change alerts' } as const
const refuse = (param: string, problem: string): Refusal => ({
  reason: 'parameter_invalid',
  param,
  problem,
})
export const TOO_MANY_RULES = refuse(
  'body',
  `an account has at most ${MOST_RULES} rules; delete one`,
)

const present = (row: RuleRow) => presentRule(row, JSON.parse(row.state) as RuleStates)

/** The reason why what a rule names is not in the account. Null: it is. */
export async function refuseNames(
  env: Env,
  accountId: string,
  { scope, channels }: Pick<Rule, 'scope' | 'channels'>,
): Promise<Refusal | null> {
  if (scope.kind === 'token' && (await findToken(env, accountId, scope.value ?? '')) === null)
    return refuse('scope.value', 'use the id of a token of your account that is not revoked')
  if (channels === null) return null
  const known = new Set((await listChannels(env, accountId)).map(({ id }) => id))
  return channels.every((id) => known.has(id))
    ? null
    : refuse('channels', 'use ids of channels of your account, or null for all')
}

const checked = z.custom<Rule>().superRefine(checkRule)

/** A rule with changes, or the reason why it cannot be so. */
async function changedRule(
  env: Env,
  before: RuleRow,
  changes: RuleChanges,
): Promise<Rule | Refusal> {
  const given = Object.fromEntries(
    Object.entries(changes).filter(([, value]) => value !== undefined),
  ) as Partial<Rule>
  const after = readInput(checked, { ...before, ...given })
  if (isRefusal(after)) return after
  // What a rule named before may be gone, and does not keep the rest from being changed.
  const isNew = (name: 'scope' | 'channels'): boolean =>
    JSON.stringify(after[name]) !== JSON.stringify(before[name])
  const named = {
    scope: isNew('scope') ? after.scope : ({ kind: 'account', value: null } as const),
    channels: isNew('channels') ? after.channels : null,
  }
  return (await refuseNames(env, before.accountId, named)) ?? after
}

alertRoutes.get('/', async (c) => {
  const rules = await listRules(c.env, c.get('member').accountId)
  return c.json({ alerts: rules.map(present) })
})

alertRoutes.post('/', async (c) => {
  const member = c.get('member')
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(newRule, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const refused = await refuseNames(c.env, member.accountId, input)
  if (refused) return refusalResponse(refused)
  const created = await createRule(c.env, member, input, Date.now())
  return created ? c.json(present(created), 201) : refusalResponse(TOO_MANY_RULES)
})

// Somebody else's rule is not found, whoever asks and whatever is wrong with the body.
alertRoutes.patch('/:id', async (c) => {
  const member = c.get('member')
  const before = await findRule(c.env, member.accountId, c.req.param('id'))
  if (before === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(ruleChanges, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const after = await changedRule(c.env, before, input)
  if (isRefusal(after)) return refusalResponse(after)
  const { name, scope, threshold, hours, minimum, channels, kind } = after
  const fields = { name, kind, scope, threshold, hours, minimum, channels }
  const changed = await updateRule(c.env, member, before.id, fields, Date.now())
  return changed ? c.json(present(changed)) : refusalResponse(MISSING)
})

alertRoutes.delete('/:id', async (c) => {
  const member = c.get('member')
  const id = c.req.param('id')
  if ((await findRule(c.env, member.accountId, id)) === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  await deleteRule(c.env, member, id, Date.now())
  return c.body(null, 204)
})
