import { OTHERS } from '../../ledger/rollups/others.ts'
import type { Outstanding } from '../../ledger/async-jobs/store.ts'
import type { Redirect } from '../../reports/redirects/store.ts'
import type { GroupBy } from '../../reports/usage/input.ts'
import type { Usage } from '../../reports/usage/store.ts'
import type { Viewer } from '../../web/layout.tsx'
import type { Currency } from '../../http/money.ts'
import type { DashboardQuery } from './input.ts'
import type { Range } from './range.ts'

/** What every part of the dashboard knows. */
export interface FrameProps {
  viewer: Viewer
  query: DashboardQuery
  zone: string
  range: Range
  nowMs: number
  tokenNames: ReadonlyMap<string, string>
}

export interface OverviewProps extends FrameProps {
  /** `model`, `requester`, `token`: by that, over all of the time; `top`: the dearest of `query.by`. */
  usage: Record<'top' | 'all' | 'before' | GroupBy, Usage>
  /** When each requester was last seen, of those that are listed. */
  lastSeenMs: ReadonlyMap<string, number>
  currency: Currency
  redirects: readonly Redirect[]
  /** Of any time. */
  outstanding: Outstanding
}

/** What a key is called: a token by its name, and none by a word. */
export const titleOf = (
  by: GroupBy,
  key: string,
  tokenNames: ReadonlyMap<string, string>,
): string => {
  if (by === 'token') return tokenNames.get(key) ?? key
  if (by === 'requester' && key === OTHERS) return 'others, beyond the limit of an hour'
  return key === '' ? (by === 'model' ? 'no model' : 'no requester') : key
}
