import * as z from 'zod'
import { oneOf, requestFilter } from '../logs/filter.ts'
import { GROUPS } from '../usage/input.ts'
import { RANGES, type RangeName } from './range.ts'

const NAMES = Object.keys(RANGES) as RangeName[]

/** What a dashboard is asked for by, all of it in its address. */
export const dashboardQuery = z.object({
  range: oneOf(NAMES).default('7d'),
  /** What the chart tells apart. */
  by: oneOf(GROUPS).default('model'),
  ...requestFilter.pick({ model: true, requester: true, token: true }).shape,
})

export type DashboardQuery = z.output<typeof dashboardQuery>

/** The address of a dashboard, with some of it changed. */
export function dashboardUrl(query: DashboardQuery, changes: Partial<DashboardQuery> = {}): string {
  const { range, by, ...lists } = { ...query, ...changes }
  const params = new URLSearchParams({ range, by })
  for (const [name, values] of Object.entries(lists))
    for (const value of values) params.append(name, value)
  return `/dashboard?${params.toString()}`
}
