import { FAILED } from '../../ledger/outcomes.ts'
import { OTHERS } from '../../ledger/rollups/others.ts'
import { GROUPS, type GroupBy } from '../../reports/usage/input.ts'
import type { DashboardQuery } from './input.ts'

/** What a dashboard shows, or a part of it. */
export interface Part {
  query: Pick<DashboardQuery, GroupBy>
  fromMs: number
  beforeMs: number
}

/** Filters of the log beside those of a dashboard. */
export interface LogFilters {
  /** One value of a dimension. */
  group?: { by: GroupBy; key: string }
  outcome?: readonly string[]
  status?: number
  /** Null: requests without a code. */
  errorCode?: string | null
  requestedModel?: string
  costBasis?: string
}

export const FAILURES: LogFilters = { outcome: FAILED }

/** The log's words for requests that have no value of a kind. */
const WITHOUT: Partial<Record<GroupBy, string>> = { requester: 'unlabelled', model: 'modelless' }

/**
 * The log with the requests behind a figure. Null: no filter names them, as with the requesters that share one sum.
 */
export function logUrl({ query, fromMs, beforeMs }: Part, filters: LogFilters = {}): string | null {
  const { group, outcome = [], status, errorCode, costBasis, requestedModel } = filters
  const params = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(beforeMs).toISOString(),
  })
  for (const by of GROUPS) {
    const values = group?.by === by ? [group.key] : query[by]
    if (values.includes(OTHERS)) return null
    for (const value of values) {
      const without = value === '' ? WITHOUT[by] : undefined
      if (without !== undefined) params.set(without, 'on')
      else if (value === '') return null
      else params.append(by, value)
    }
  }
  for (const one of outcome) params.append('outcome', one)
  if (errorCode === null) params.set('codeless', 'on')
  for (const [name, value] of Object.entries({ status, errorCode, costBasis, requestedModel }))
    if (value !== undefined && value !== null) params.set(name, String(value))
  return `/logs?${params.toString()}`
}
