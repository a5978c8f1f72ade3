import { Hono, type Context } from 'hono'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { findToken } from '../../credentials/tokens/store.ts'
import type { Env } from '../../env.ts'
import { readJsonInput } from '../../http/input.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { within } from '../../http/time-limit.ts'
import type { BudgetState } from '../object/state.ts'
import { refuseSpend, spendOf } from '../stub-store.ts'
import { budgetChanges, newBudget } from './input.ts'
import { presentBudget } from './present.ts'
import {
  createBudget,
  deleteBudget,
  findBudget,
  listBudgets,
  MOST_BUDGETS,
  updateBudget,
  type BudgetInfo,
} from './store.ts'

export const budgetRoutes = new Hono<SignedIn>()

const MISSING = { reason: 'not_found', what: 'this budget in your account' } as const
const OWNERS_ONLY = { reason: 'owners_only', what: 'change budgets' } as const
export const TOO_MANY: Refusal = {
  reason: 'parameter_invalid',
  param: 'body',
  problem: `an account has at most ${MOST_BUDGETS} budgets; delete one, or use one for each value`,
}
const STATE_MS = 5_000

/** The states of all budgets by their ids. Null: the account's object does not answer. */
export const statesOf = (
  env: Env,
  accountId: string,
): Promise<Readonly<Record<string, BudgetState>> | null> =>
  within(STATE_MS, 'Spend', spendOf(env, accountId).states(accountId)).catch((error: unknown) => {
    console.error('budgets not read', String(error))
    return null
  })

/** The state of a budget. Null: the account's object does not answer. */
export const stateOf = (
  env: Env,
  accountId: string,
  id: string,
  value: string | null = null,
): Promise<BudgetState | null> =>
  within(STATE_MS, 'Spend', spendOf(env, accountId).state(accountId, id, value)).catch(
    (error: unknown) => {
      console.error('budget not read', String(error))
      return null
    },
  )

async function answer(c: Context<SignedIn>, budget: BudgetInfo, value?: string) {
  const { accountId } = c.get('member')
  return presentBudget(budget, await stateOf(c.env, accountId, budget.id, value ?? null))
}

/** The reason why this budget is of no use; null: it is. */
export async function refuseBudget(
  env: Env,
  accountId: string,
  { scope, value }: { scope?: string | undefined; value?: string | null | undefined },
): Promise<Refusal | null> {
  const absent = refuseSpend(env, true)
  if (absent) return absent
  if (scope !== 'token' || value == null) return null
  const token = await findToken(env, accountId, value)
  const problem = 'use the id of a token of your account that is not revoked'
  return token ? null : { reason: 'parameter_invalid', param: 'scope.value', problem }
}

budgetRoutes.get('/', async (c) => {
  const { accountId } = c.get('member')
  const value = c.req.query('value')
  if (value !== undefined) {
    const budgets = await listBudgets(c.env, accountId)
    return c.json({ budgets: await Promise.all(budgets.map((one) => answer(c, one, value))) })
  }
  const [budgets, states] = await Promise.all([
    listBudgets(c.env, accountId),
    statesOf(c.env, accountId),
  ])
  return c.json({
    budgets: budgets.map((budget) => presentBudget(budget, states?.[budget.id] ?? null)),
  })
})

budgetRoutes.get('/:id', async (c) => {
  const budget = await findBudget(c.env, c.get('member').accountId, c.req.param('id'))
  return budget ? c.json(await answer(c, budget, c.req.query('value'))) : refusalResponse(MISSING)
})

budgetRoutes.post('/', async (c) => {
  const member = c.get('member')
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(newBudget, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const refused = await refuseBudget(c.env, member.accountId, input)
  if (refused) return refusalResponse(refused)
  const created = await createBudget(c.env, member, input, Date.now())
  return created ? c.json(await answer(c, created), 201) : refusalResponse(TOO_MANY)
})

// Somebody else's budget is not found, whoever asks and whatever is wrong with the body.
budgetRoutes.patch('/:id', async (c) => {
  const member = c.get('member')
  const id = c.req.param('id')
  if ((await findBudget(c.env, member.accountId, id)) === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(budgetChanges, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const refused = await refuseBudget(c.env, member.accountId, input)
  if (refused) return refusalResponse(refused)
  const changed = await updateBudget(c.env, member, id, input, Date.now())
  return changed ? c.json(await answer(c, changed)) : refusalResponse(MISSING)
})

budgetRoutes.delete('/:id', async (c) => {
  const member = c.get('member')
  const id = c.req.param('id')
  if ((await findBudget(c.env, member.accountId, id)) === null) return refusalResponse(MISSING)
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  await deleteBudget(c.env, member, id, Date.now())
  return c.body(null, 204)
})
