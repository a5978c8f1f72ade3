import * as z from 'zod'
import { oneOf, requestFilter } from '../../reports/requests/filter.ts'
import { GROUPS, MAX_DAYS } from '../../reports/usage/input.ts'
import { RANGES, type RangeName } from './range.ts'
import { DAY_MS } from '../../http/time.ts'

const NAMES = Object.keys(RANGES) as RangeName[]

/** The query parameters of a dashboard. */
export const dashboardQuery = z
  .strictObject({
    range: oneOf(NAMES).default('7d'),
    /** Replaces `range`. */
    ...requestFilter.pick({ from: true, to: true }).shape,
    /** The dimension of the chart. */
    by: oneOf(GROUPS).default('model'),
    /** Draws the period before underneath. */
    compare: z.literal('on', 'use on').optional(),
    /** The table that lists all of its rows. */
    all: oneOf(GROUPS).optional(),
    ...requestFilter.pick({ model: true, requester: true, token: true }).shape,
  })
  .superRefine(({ from, to = Date.now() }, ctx) => {
    const refuse = (message: string): void =>
      ctx.addIssue({ code: 'custom', path: ['from'], message })
    if (from === undefined) return
    if (from >= to) refuse('use a time before the end')
    else if (to - from > MAX_DAYS * DAY_MS) refuse(`use at most ${MAX_DAYS} days`)
  })

export type DashboardQuery = z.output<typeof dashboardQuery>

/** The sections of the dashboard, by path. */
export const SECTIONS = {
  '/dashboard': 'Overview',
  '/dashboard/errors': 'Errors',
  '/dashboard/latency': 'Latency',
} as const
export type Section = keyof typeof SECTIONS

/** The URL of a dashboard section, with some parameters changed. */
export function dashboardUrl(
  query: DashboardQuery,
  changes: Partial<DashboardQuery> = {},
  section: Section = '/dashboard',
): string {
  const { range, from, to, by, compare, all, ...lists } = { ...query, ...changes }
  const params = new URLSearchParams()
  if (from === undefined) params.set('range', range)
  for (const [name, ms] of Object.entries({ from, to }))
    if (ms !== undefined) params.set(name, new Date(ms).toISOString())
  params.set('by', by)
  for (const [name, value] of Object.entries({ compare, all }))
    if (value !== undefined) params.set(name, value)
  for (const [name, values] of Object.entries(lists))
    for (const value of values) params.append(name, value)
  return `${section}?${params.toString()}`
}

/** A section for the time of one step of a chart. */
export const stepUrl = (
  query: DashboardQuery,
  { fromMs, beforeMs }: { fromMs: number; beforeMs: number },
  section: Section = '/dashboard',
): string => dashboardUrl(query, { from: fromMs, to: beforeMs }, section)
