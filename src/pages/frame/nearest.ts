import type { BudgetInfo } from '../../spend/budgets/store.ts'
import type { BudgetState } from '../../spend/object/state.ts'

export interface Nearest {
  id: string
  name: string
  /** Of the limit; may be above 100. */
  percent: number
}

/** The budget that has used the largest part of its limit. Null: there is none, or what is used is not known. */
export function nearestOf(
  budgets: readonly BudgetInfo[],
  states: Readonly<Record<string, BudgetState>> | null,
): Nearest | null {
  const used = budgets.flatMap(({ id, name }) =>
    (states?.[id]?.values ?? []).map(({ spent, limit }) => ({
      id,
      name,
      percent: limit === 0 ? 100 : Math.round((spent / limit) * 100),
    })),
  )
  return used.toSorted((one, other) => other.percent - one.percent)[0] ?? null
}
