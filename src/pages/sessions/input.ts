import * as z from 'zod'
import { limitOf } from '../../reports/requests/input.ts'
import { oneOf } from '../../reports/requests/filter.ts'
import { sessionsInput } from '../../reports/sessions/input.ts'
import { RANGES, rangeOf, type RangeName } from '../dashboard/range.ts'

const range = oneOf(Object.keys(RANGES) as RangeName[]).default('7d')

/** The query of the list of sessions. */
export const listQuery = sessionsInput
  .omit({ from: true, to: true })
  .extend({ range, limit: limitOf(50) })
export type ListQuery = z.output<typeof listQuery>

/** The query of costs by tag. */
export const tagsQuery = z.strictObject({ range, name: z.string().max(200).optional() })
export type TagsQuery = z.output<typeof tagsQuery>

/** The query of one session. */
export const detailQuery = z.strictObject({
  session: z.string('name a session').min(1, 'name a session').max(500),
  cursor: z.uuid('use a link of the page').nullable().default(null),
})

/** The moments that a preset means, for a report. */
export function momentsOf(
  name: RangeName,
  nowMs: number,
  zone: string,
): { from: number; to: number } {
  const { fromMs, beforeMs } = rangeOf(name, nowMs, zone)
  return { from: fromMs, to: beforeMs }
}
