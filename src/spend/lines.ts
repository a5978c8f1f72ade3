import { plainModel } from '../pricing/prices.ts'
import type { Budget, Meter } from './budget.ts'
import type { Amounts } from './amounts.ts'
import type { Asked, Item, Want } from './protocol.ts'
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

/** What identifies a budget's amounts: with another meter, scope or window they mean something else. */
export const keyOf = ({ id, scope, meter, window }: Budget): string =>
  [id, scope, meter, window].join('/')

export const lineId = (key: string, startMs: number, value: string): string =>
  [key, startMs, value].join(SEPARATOR)

/** The parts of a line's id. */
export function partsOf(id: string): { key: string; startMs: number; value: string } {
  const [key = '', startMs = '', ...value] = id.split(SEPARATOR)
  return { key, startMs: Number(startMs), value: value.join(SEPARATOR) }
}

const lineOf = (budget: Budget, value: string, zone: string, atMs: number): Line => {
  const period = currentPeriod(budget.window, zone, atMs)
  return { id: lineId(keyOf(budget), period.startMs, value), budget, value, period }
}

type Facts = Pick<Asked, 'tokenId' | 'requester'> & { models: readonly string[] }

/** The values of a budget's scope that a request has. */
function valuesOf({ scope }: Budget, { tokenId, requester, models }: Facts): readonly string[] {
  if (scope === 'account') return ['']
  if (scope === 'token') return [tokenId]
  return scope === 'requester' ? [requester] : models
}

/** A value of a budget's scope, as buckets know it: a model by its plain name. */
export const plainValue = ({ scope }: Pick<Budget, 'scope'>, value: string): string =>
  scope === 'model' ? plainModel(value) : value

const isFor = (budget: Budget, own: string): boolean =>
  budget.value === null || plainValue(budget, budget.value) === own

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

/** What a request may use of a line beyond what is expected of it: a stream that is stopped ends soon after that. */
export function excessOf(
  { worst, stopping }: Pick<Want, 'worst' | 'stopping'>,
  expected: Amounts,
  { budget: { meter, action } }: Line,
): number {
  const most = Math.max(0, worst[meter] - expected[meter])
  return action === 'stop' && stopping !== null ? Math.min(most, stopping[meter]) : most
}
