import * as z from 'zod'
import type { Refusal } from '../../http/refusals.ts'
import { oneOf, requestFilter } from './filter.ts'
import { ORDERS, readCursor, SORT_NAMES } from './sort.ts'

const NOT_A_LIMIT = 'use a whole number from 1 to 100'
export const limitOf = (byDefault: number) =>
  z.coerce
    .number(NOT_A_LIMIT)
    .int(NOT_A_LIMIT)
    .min(1, NOT_A_LIMIT)
    .max(100, NOT_A_LIMIT)
    .default(byDefault)

/** The parameters of a page of the list. */
export const pageInput = requestFilter.extend({
  limit: limitOf(50),
  cursor: z.string().nullable().default(null),
  sort: oneOf(SORT_NAMES)
    .default('time')
    .describe('Anything but time needs from: the requests of a range are compared'),
  order: oneOf(ORDERS).default('desc'),
})

const refuse = (param: string, problem: string): Refusal => ({
  reason: 'parameter_invalid',
  param,
  problem,
})

/** What is wrong with how a page is sorted, or with where it continues. Null: nothing. */
export function sortProblem({ sort, cursor, from }: z.output<typeof pageInput>): Refusal | null {
  if (sort !== 'time' && from === undefined)
    return refuse('sort', `add "from": the requests of a range are sorted by ${sort}`)
  const isKnown =
    cursor === null ||
    (sort === 'time' ? z.uuid().safeParse(cursor).success : readCursor(cursor) !== null)
  return isKnown ? null : refuse('cursor', 'use the nextCursor of the page before, with its sort')
}

/** The parameters of the CSV export. */
export const csvInput = requestFilter.extend({
  /** Begin with a byte order mark, which spreadsheets need. */
  bom: z
    .enum(['true', 'false'], 'use true or false')
    .default('true')
    .transform((bom) => bom === 'true'),
})
