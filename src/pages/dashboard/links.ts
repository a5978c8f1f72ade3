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
  errorCode?: string | null
  costBasis?: string
}

export const FAILURES: LogFilters = { outcome: FAILED }

/**
 * The log with the requests behind a figure. Null: no filter names them, as with the requesters that share one sum, or
 * an error without a code.
 */
export function logUrl({ query, fromMs, beforeMs }: Part, filters: LogFilters = {}): string | null {
  const { group, outcome = [], status, errorCode, costBasis } = filters
  if (group?.key === OTHERS || errorCode === null) return null
  const params = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(beforeMs).toISOString(),
  })
  for (const by of GROUPS) {
    const values = group?.by === by ? [group.key] : query[by]
    for (const value of values) {
      // The log has a word for requests without a requester.
      if (by === 'requester' && value === '') params.set('unlabelled', 'on')
      else if (value !== '' && value !== OTHERS) params.append(by, value)
    }
  }
  for (const one of outcome) params.append('outcome', one)
  for (const [name, value] of Object.entries({ status, errorCode, costBasis }))
    if (value !== undefined) params.set(name, String(value))
  return `/logs?${params.toString()}`
}
