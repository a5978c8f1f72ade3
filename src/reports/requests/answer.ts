import * as z from 'zod'
import { columnOf, FIELDS, jsonName, type Field, type Told } from '../../ledger/columns.ts'
import { ASYNC_JOB_KINDS } from '../../metering/async-job-kinds.ts'
import { count, decimal, moment, ticks } from '../../http/fields.ts'

/** A request as the API returns it. */
export type PresentedRequest = Told & {
  at: string
  token: { id: string; name: string | null }
  costUsd: string | null
}

/** Fields that the API returns in another form, or with another field beside them. */
const OTHER_FORMS: Partial<Record<Field, Record<string, z.ZodType>>> = {
  atMs: { at: moment },
  tokenId: { token: z.object({ id: z.string(), name: z.string().nullable() }) },
  costTicks: { costUsd: decimal.nullable(), costTicks: ticks.nullable() },
}

const PLAIN = {
  uuid: z.uuid(),
  text: z.string(),
  count,
  ticks,
  flag: z.boolean(),
  counts: z.record(z.string(), count),
  texts: z.record(z.string(), z.string()),
} as const

function shapeOf(field: Field): Record<string, z.ZodType> {
  const name = jsonName(field)
  if (name === null) return {}
  const { type, nullable, about } = columnOf(field)
  const value = typeof type === 'string' ? PLAIN[type] : z.enum(type)
  const known = nullable ? value.nullable() : value
  return OTHER_FORMS[field] ?? { [name]: about === undefined ? known : known.describe(about) }
}

const shape = Object.assign({}, ...FIELDS.map(shapeOf)) as Record<string, z.ZodType>

export const requestAnswer = z.object(shape) as unknown as z.ZodType<PresentedRequest>

/** A request with the state of the async job that it started at xAI. */
export const requestDetail = z.object({
  ...shape,
  work: z
    .object({
      kind: z.enum(ASYNC_JOB_KINDS),
      state: z
        .enum(['outstanding', 'billed', 'over'])
        .describe('outstanding: no bill has come yet'),
      billedBy: z.string().nullable().describe('The request whose row has the bill'),
    })
    .nullable()
    .describe(
      'The async job: a video, a batch, a deferred answer, or an answer that was cut off; null: none',
    ),
})

export const requestsAnswer = z.object({
  requests: z
    .array(requestAnswer)
    .describe('In the order that was asked for; may be fewer than asked for'),
  nextCursor: z.string().nullable().describe('Null: this was all'),
  comparedFrom: moment
    .nullable()
    .optional()
    .describe(
      'Of a list that is not sorted by time: the range has too many requests, and only those from this moment on were compared; null: all were',
    ),
})
