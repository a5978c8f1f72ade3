import { plainModel } from '../pricing/prices.ts'
import type { Budget, Meter } from './budget.ts'
import type { Asked, Item } from './protocol.ts'
import { currentPeriod, type Period } from './window.ts'

/** A budget's amount for one value and window. */
export interface Line {
  /** Unique in the account, also between windows. */
  id: string
  budget: Budget
  value: string
  period: Period
}

const SEPARATOR = '|'
export const lineId = (budgetId: string, startMs: number, value: string): string =>
  [budgetId, startMs, value].join(SEPARATOR)

/** The parts of a line's id. */
export function partsOf(id: string): { budgetId: string; startMs: number; value: string } {
  const [budgetId = '', startMs = '', ...value] = id.split(SEPARATOR)
  return { budgetId, startMs: Number(startMs), value: value.join(SEPARATOR) }
}

const lineOf = (budget: Budget, value: string, zone: string, atMs: number): Line => {
  const period = currentPeriod(budget.window, zone, atMs)
  return { id: lineId(budget.id, period.startMs, value), budget, value, period }
}

type Facts = Pick<Asked, 'tokenId' | 'requester'> & { models: readonly string[] }

/** The values of a budget's scope that a request has. */
function valuesOf({ scope }: Budget, { tokenId, requester, models }: Facts): readonly string[] {
  if (scope === 'account') return ['']
  if (scope === 'token') return [tokenId]
  return scope === 'requester' ? [requester] : models
}

const isFor = ({ scope, value }: Budget, own: string): boolean =>
  value === null || (scope === 'model' ? plainModel(value) === own : value === own)

function applying(budgets: readonly Budget[], facts: Facts, zone: string, atMs: number): Line[] {
  return budgets.flatMap((budget) =>
    valuesOf(budget, facts)
      .filter((value) => isFor(budget, value))
      .map((value) => lineOf(budget, value, zone, atMs)),
  )
}

const MONEY: ReadonlySet<Meter> = new Set(['cost', 'tokens'])

/** The lines that a request has to pass. */
export const linesOf = (budgets: readonly Budget[], asked: Asked, zone: string): Line[] =>
  applying(
    budgets.filter(({ meter }) => asked.isBilled || !MONEY.has(meter)),
    { ...asked, models: asked.model === '' ? [] : [asked.model] },
    zone,
    asked.atMs,
  )

/** The lines that a request counts on: those of the requested model and of the one that answered. */
export const linesOfItem = (
  budgets: readonly Budget[],
  item: Item,
  zone: string,
  atMs: number,
): Line[] => {
  const models = [...new Set([item.requestedModel, item.model])].filter((name) => name !== '')
  const lines = applying(budgets, { ...item, models }, zone, atMs)
  // The ledger sums up tokens by the model that answered alone.
  return lines.filter(
    ({ budget: { scope, meter }, value }) =>
      scope !== 'model' || meter !== 'tokens' || value === (item.model || item.requestedModel),
  )
}
