import * as z from 'zod'
import { oneOf, requestFilter } from '../requests/filter.ts'
import { limitOf } from '../requests/input.ts'

export const SESSION_SORTS = ['latest', 'cost', 'requests'] as const

/** The most sessions that a list compares, the newest of its range. */
export const COMPARED_SESSIONS = 20_000

/** The parameters of a list of sessions. A session is in a range if its newest request is. */
export const sessionsInput = z.strictObject({
  ...requestFilter.pick({ from: true, to: true }).shape,
  sort: oneOf(SESSION_SORTS).default('latest'),
  limit: limitOf(100),
  cursor: z
    .string()
    .regex(/^\d{1,6}$/, 'use the nextCursor of the page before')
    .default('0')
    .transform(Number),
})
export type SessionsInput = z.output<typeof sessionsInput>
