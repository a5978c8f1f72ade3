import type * as z from 'zod'
import type { BudgetState, ValueState } from '../object/state.ts'
import type { budgetAnswer } from './answer.ts'
import type { BudgetInfo } from './store.ts'

const toIso = (ms: number): string => new Date(ms).toISOString()

const presentValue = (
  { scope }: BudgetInfo,
  { value, startMs, endMs, mostRunning: _running, ...amounts }: ValueState,
): z.output<typeof budgetAnswer>['state'][number] => ({
  ...amounts,
  value: scope === 'account' ? null : value,
  windowStart: toIso(startMs),
  resetsAt: endMs === null ? null : toIso(endMs),
})

/** A budget as the API returns it. `state` null: the account's object does not answer. */
export const presentBudget = (
  budget: BudgetInfo,
  state: BudgetState | null,
): z.output<typeof budgetAnswer> => ({
  id: budget.id,
  name: budget.name,
  scope: { kind: budget.scope, value: budget.value },
  meter: budget.meter,
  window: budget.window,
  limit: budget.limit,
  thresholds: [...budget.thresholds],
  action: budget.action,
  whenUnavailable: budget.whenUnavailable,
  increase:
    budget.increaseBy === null ||
    budget.increaseUntilMs === null ||
    budget.increaseUntilMs <= Date.now()
      ? null
      : { by: budget.increaseBy, until: toIso(budget.increaseUntilMs) },
  available: state !== null,
  state: (state?.values ?? []).map((value) => presentValue(budget, value)),
})
