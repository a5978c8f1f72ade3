import type { GroupBy } from '../usage/input.ts'
import type { Usage } from '../usage/store.ts'
import type { Viewer } from '../web/layout.tsx'
import type { Currency } from '../web/money.ts'
import type { DashboardQuery } from './input.ts'
import type { Range } from './range.ts'

export interface DashboardProps {
  viewer: Viewer
  query: DashboardQuery
  zone: string
  range: Range
  nowMs: number
  /** `model`, `requester`, `token`: by that, over all of the time; `top`: the dearest of `query.by`. */
  usage: Record<'top' | 'all' | 'before' | GroupBy, Usage>
  tokenNames: ReadonlyMap<string, string>
  currency: Currency
}

/** What a key is called: a token by its name, and none by a word. */
export const titleOf = (
  by: DashboardQuery['by'],
  key: string,
  tokenNames: ReadonlyMap<string, string>,
): string => {
  if (by === 'token') return tokenNames.get(key) ?? key
  return key === '' ? (by === 'model' ? 'no model' : 'no requester') : key
}
