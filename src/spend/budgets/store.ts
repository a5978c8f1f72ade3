import { and, asc, eq, getTableColumns } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { invalidateAccount } from '../../credentials/callers/store.ts'
import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { budgets } from '../../schema/accounts.ts'
import type { Budget } from '../budget.ts'
import { spendOf } from '../stub-store.ts'

/** A budget as people see it. */
export interface BudgetInfo extends Budget {
  thresholds: readonly number[]
  createdAtMs: number
}

type Fields = Omit<BudgetInfo, 'id' | 'createdAtMs' | 'changedAtMs'>
type Given<T> = { [K in keyof T]?: T[K] | undefined }

/** An account's requests have to pass them all, and their records in KV hold them all. */
export const MOST_BUDGETS = 20

const { accountId: _account, checkedAtMs: _checked, ...COLUMNS } = getTableColumns(budgets)

const own = (accountId: string, id: string) =>
  and(eq(budgets.accountId, accountId), eq(budgets.id, id))

/** The oldest first. */
export const listBudgets = ({ DB }: Pick<Env, 'DB'>, accountId: string): Promise<BudgetInfo[]> =>
  drizzle(DB)
    .select(COLUMNS)
    .from(budgets)
    .where(eq(budgets.accountId, accountId))
    .orderBy(asc(budgets.createdAtMs), asc(budgets.id))

/** Null: the account has no such budget. */
export async function findBudget(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  id: string,
): Promise<BudgetInfo | null> {
  return (await drizzle(DB).select(COLUMNS).from(budgets).where(own(accountId, id)).get()) ?? null
}

/** Creates a budget, and counts what the ledger has of its running window. Null: the account has too many. */
export async function createBudget(
  env: Env,
  actor: Actor,
  fields: Fields,
  nowMs: number,
): Promise<BudgetInfo | null> {
  const { accountId } = actor
  if ((await listBudgets(env, accountId)).length >= MOST_BUDGETS) return null
  const budget = { ...fields, id: crypto.randomUUID(), createdAtMs: nowMs, changedAtMs: nowMs }
  await drizzle(env.DB)
    .insert(budgets)
    .values({ ...budget, accountId })
  await recordAudit(env.DB, actor, 'budget.created', budget.name, nowMs)
  await spread(env, accountId)
  return budget
}

/** Changes some members. Null: the account has no such budget. */
export async function updateBudget(
  env: Env,
  actor: Actor,
  id: string,
  given: Given<Fields>,
  nowMs: number,
): Promise<BudgetInfo | null> {
  const { accountId } = actor
  const before = await findBudget(env, accountId, id)
  if (before === null) return null
  const changes = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>
  // Two changes of one millisecond are two.
  const changedAtMs = Math.max(nowMs, before.changedAtMs + 1)
  const after = { ...before, ...changes, changedAtMs }
  await drizzle(env.DB)
    .update(budgets)
    .set({ ...changes, changedAtMs })
    .where(own(accountId, id))
  await recordAudit(env.DB, actor, 'budget.changed', changeOf(before, after), nowMs)
  await spread(env, accountId)
  return after
}

/** The name, and the names of the members that have changed. */
function changeOf(before: BudgetInfo, after: BudgetInfo): string {
  const keys = Object.keys(before) as (keyof BudgetInfo)[]
  const changed = keys.filter(
    (key) => key !== 'changedAtMs' && JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )
  return changed.length === 0 ? before.name : `${before.name}: ${changed.join(', ')}`
}

/** False: the account has no such budget. */
export async function deleteBudget(
  env: Env,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const { accountId } = actor
  const [row] = await drizzle(env.DB)
    .delete(budgets)
    .where(own(accountId, id))
    .returning({ name: budgets.name })
  if (!row) return false
  await recordAudit(env.DB, actor, 'budget.deleted', row.name, nowMs)
  await spread(env, accountId)
  return true
}

/** Tells the account's object and every cache. An object that does not answer learns of it from the next request. */
async function spread(env: Env, accountId: string): Promise<void> {
  await Promise.all([
    spendOf(env, accountId)
      .refresh(accountId)
      .catch((error: unknown) => console.error('budgets not refreshed', loggable(error))),
    invalidateAccount(env, accountId),
  ])
}
