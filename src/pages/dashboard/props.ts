import { OTHERS } from '../../ledger/rollups/others.ts'
import type { Outstanding } from '../../ledger/async-jobs/store.ts'
import type { Redirect } from '../../reports/usage/redirects-store.ts'
import type { GroupBy } from '../../reports/usage/input.ts'
import type { Usage } from '../../reports/usage/store.ts'
import type { Viewer } from '../../web/layout.tsx'
import type { Budget } from '../../spend/budget.ts'
import type { Currency } from '../../http/money.ts'
import type { Checklist } from '../../people/accounts/checklist-store.ts'
import type { ViewsProps } from '../views/menu.tsx'
import type { DashboardQuery } from './input.ts'
import type { Range } from './range.ts'

/** The props of every section. */
export interface FrameProps {
  viewer: Viewer
  views: ViewsProps
  query: DashboardQuery
  zone: string
  range: Range
  nowMs: number
  tokenNames: ReadonlyMap<string, string>
}

export interface OverviewProps extends FrameProps {
  /** `model`, `requester`, `token`: grouped, without time steps. `top`: the most expensive keys of `query.by`. */
  usage: Record<'top' | 'all' | 'before' | GroupBy, Usage>
  /** What each key cost in the period before, in ticks: of those that are listed, and those that cost most then. */
  costBefore: Readonly<Record<GroupBy, ReadonlyMap<string, number>>>
  /** The costs of the period before in the same steps. Null: they are not drawn. */
  underneath: Usage | null
  /** When each listed requester was last seen. */
  lastSeenMs: ReadonlyMap<string, number>
  currency: Currency
  redirects: readonly Redirect[]
  /** The account's budgets, and the time zone of their windows. */
  budgets: readonly Budget[]
  budgetZone: string
  /** Requests that budgets have refused or stopped. */
  refused: number
  /** The first steps that are left. Null: none. */
  checklist: Checklist | null
  /** Not limited to the time range. */
  outstanding: Outstanding
}

/** The title of a group: a token has its name, and an empty key "no model" or "no requester". */
export const titleOf = (
  by: GroupBy,
  key: string,
  tokenNames: ReadonlyMap<string, string>,
): string => {
  if (by === 'token') return tokenNames.get(key) ?? key
  if (by === 'requester' && key === OTHERS) return 'others (above the hourly limit)'
  return key === '' ? (by === 'model' ? 'no model' : 'no requester') : key
}
