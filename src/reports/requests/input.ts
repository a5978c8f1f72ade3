import * as z from 'zod'
import { requestFilter } from './filter.ts'

const NOT_A_LIMIT = 'use a whole number from 1 to 100'
/** The parameters of a page of the list. */
export const pageInput = requestFilter.extend({
  limit: z.coerce
    .number(NOT_A_LIMIT)
    .int(NOT_A_LIMIT)
    .min(1, NOT_A_LIMIT)
    .max(100, NOT_A_LIMIT)
    .default(50),
  cursor: z.uuid('use the nextCursor of the page before').nullable().default(null),
})

/** The parameters of the CSV export. */
export const csvInput = requestFilter.extend({
  /** Begin with a byte order mark, which spreadsheets need. */
  bom: z
    .enum(['true', 'false'], 'use true or false')
    .default('true')
    .transform((bom) => bom === 'true'),
})
