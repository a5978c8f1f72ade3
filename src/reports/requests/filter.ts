import * as z from 'zod'
import { MODES } from '../../ledger/columns.ts'
import { OUTCOMES } from '../../ledger/outcomes.ts'
import { TICKS_PER_USD } from '../../http/format.ts'
import { readInput } from '../../http/input.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { COST_BASES } from '../../pricing/price.ts'

const MAX_VALUES = 50

/** A parameter that may be repeated: matches any of its values. */
const anyOf = <T extends z.ZodType>(value: T): z.ZodDefault<z.ZodArray<T>> =>
  z.array(value).max(MAX_VALUES, `use at most ${MAX_VALUES} values`).default([])
const text = z.string().max(500, 'use at most 500 characters')
const moment = z.iso
  .datetime({ offset: true, error: 'use a time such as 2026-11-24T08:00:00Z' })
  .transform((iso) => Date.parse(iso))

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `use one of ${values.join(', ')}`)

/** The filter of requests, in the form that `toQuery` returns. */
export const requestFilter = z.object({
  from: moment.optional(),
  to: moment.optional(),
  model: anyOf(text),
  requestedModel: anyOf(text).describe('The model that the request named'),
  requester: anyOf(text).describe('x-metrion-user; the empty text stands for no requester'),
  token: anyOf(text),
  session: anyOf(text).describe('x-metrion-session; the empty text stands for no session'),
  tag: anyOf(text).describe(
    'A tag: name=value, or name for any value. Values of one name are alternatives; every name must match. Encode = in a name as %3D',
  ),
  endpoint: anyOf(text),
  mode: anyOf(oneOf(MODES)),
  status: anyOf(
    z.string().regex(/^[1-5](xx|\d\d)$/, 'use a status such as 429, or a class such as 4xx'),
  ),
  outcome: anyOf(oneOf(OUTCOMES)),
  errorCode: anyOf(text).describe(
    'xAI’s code of an error, or Metrion’s own; the empty text stands for no code',
  ),
  costBasis: anyOf(oneOf(COST_BASES)),
  /** In USD; read as ticks. */
  costAbove: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,10})?$/, 'use an amount of USD such as 0.05')
    .transform((usd) => Math.round(Number(usd) * TICKS_PER_USD))
    .optional(),
  slowerThanMs: z
    .string()
    .regex(/^\d{1,9}$/, 'use a number of milliseconds')
    .transform(Number)
    .optional(),
  /** Searches error messages, and matches whole IDs of requests (Metrion's and xAI's) and of responses. */
  q: z.string().max(200, 'use at most 200 characters').optional(),
})

/** A filter for a tag's value. `=` and `%` in the name are encoded, since the first `=` ends it. */
export const tagFilter = (name: string, value: string): string =>
  `${name.replaceAll('%', '%25').replaceAll('=', '%3D')}=${value}`

/** The column of each parameter that may be repeated. */
export const COLUMN = {
  model: 'ifnull(model, requested_model)',
  requestedModel: 'requested_model',
  requester: 'label',
  token: 'token_id',
  session: 'session',
  endpoint: 'endpoint',
  mode: 'mode',
  outcome: 'outcome',
  errorCode: 'error_code',
  costBasis: 'cost_basis',
} as const

const LISTS = ['status', 'tag', ...Object.keys(COLUMN)]

/** The parsed values of a query string, or a refusal. A parameter that has one value is not sent twice. */
export function readQuery<T extends object>(
  schema: z.ZodType<T>,
  queries: Readonly<Record<string, string[]>>,
): T | Refusal {
  const repeated = Object.entries(queries).find(
    ([name, values]) => !LISTS.includes(name) && values.filter(Boolean).length > 1,
  )
  const input = readInput(schema, toQuery(queries))
  if (repeated === undefined || isRefusal(input)) return input
  return { reason: 'parameter_invalid', param: repeated[0], problem: 'send it once' }
}

/** A query string's values by name: all values of a repeatable parameter, the last of any other. */
export function toQuery(
  queries: Readonly<Record<string, string[]>>,
): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, values]) => [
      name,
      // Forms send empty fields, too.
      LISTS.includes(name) ? values : values.at(-1) || undefined,
    ]),
  )
}

export type RequestFilter = z.output<typeof requestFilter>
