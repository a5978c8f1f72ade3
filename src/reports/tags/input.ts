import * as z from 'zod'
import { requestFilter } from '../requests/filter.ts'

/** The most requests that costs by tag are added up from, the newest of the range: there are no sums by tag. */
export const ADDED_ROWS = 20_000

/** The parameters of costs by tag. Without `from`: the last 30 days. */
export const tagsInput = z.strictObject({
  ...requestFilter.pick({ from: true, to: true, model: true, requester: true, token: true }).shape,
  /** The name of a tag: its values are told apart. Without it: the names. */
  name: z.string().max(200, 'use at most 200 characters').optional(),
})
export type TagsInput = z.output<typeof tagsInput>
