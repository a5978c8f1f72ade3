import * as z from 'zod'
import { MODES } from '../../ledger/columns.ts'
import { FAILED, failedSql, OUTCOMES } from '../../ledger/outcomes.ts'
import { TICKS_PER_USD } from '../../http/format.ts'
import { readInput } from '../../http/input.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { firstUuid } from '../../http/uuid.ts'
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
  /** `x-metrion-user`. The empty text stands for no requester. */
  requester: anyOf(text),
  token: anyOf(text),
  endpoint: anyOf(text),
  mode: anyOf(oneOf(MODES)),
  status: anyOf(
    z.string().regex(/^[1-5](xx|\d\d)$/, 'use a status such as 429, or a class such as 4xx'),
  ),
  outcome: anyOf(oneOf(OUTCOMES)),
  /** xAI's code of an error, or Metrion's own. */
  errorCode: anyOf(text),
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

/** The column of each parameter that may be repeated. */
const COLUMN = {
  model: 'ifnull(model, requested_model)',
  requester: 'label',
  token: 'token_id',
  endpoint: 'endpoint',
  mode: 'mode',
  outcome: 'outcome',
  errorCode: 'error_code',
  costBasis: 'cost_basis',
} as const

const LISTS = ['status', ...Object.keys(COLUMN)]

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

/** A query over `requests` in two steps: the rows that an index walks, and the conditions on each of them. */
export interface Condition {
  /** FROM and WHERE of the index walk, without order and limit. */
  scan: string
  scanParams: (string | number)[]
  /** Null: no further conditions. */
  where: string | null
  /** The parameters of both, in order. */
  params: (string | number)[]
}

// Without statistics the planner always takes the primary key, so a filtered query names its index. These
// indexes have the rows of one value in order, so they serve a filter of one value. The first that fits is
// used.
const INDEXES: readonly { field: keyof typeof COLUMN; name: string }[] = [
  { field: 'requester', name: 'requests_by_label' },
  { field: 'token', name: 'requests_by_token' },
  { field: 'model', name: 'requests_by_model' },
]

/** The SQL for an account's requests that match a filter. `between`: only those older or newer than an ID. */
export function toCondition(
  accountId: string,
  filter: RequestFilter,
  between: { before?: string | null; after?: string | null } = {},
): Condition {
  const params: (string | number)[] = []
  const bind = (value: string | number): string => `?${params.push(value)}`
  const index = indexFor(filter)
  const walked = [`account_id = ${bind(accountId)}`]
  const conditions: string[] = []

  if (filter.from !== undefined) walked.push(`id >= ${bind(firstUuid(filter.from))}`)
  if (filter.to !== undefined) walked.push(`id < ${bind(firstUuid(filter.to))}`)
  if (between.before) walked.push(`id < ${bind(between.before)}`)
  if (between.after) walked.push(`id > ${bind(between.after)}`)
  // The index's own condition, so that SQLite may use it.
  if (index === FAILURES) walked.push(IS_FAILURE)
  if (index?.field) walked.push(isOneOf(COLUMN[index.field], filter[index.field], bind))
  const scanParams = [...params]

  for (const field of Object.keys(COLUMN) as (keyof typeof COLUMN)[]) {
    if (filter[field].length > 0 && field !== index?.field)
      conditions.push(isOneOf(COLUMN[field], filter[field], bind))
  }
  if (filter.status.length > 0) {
    conditions.push(`(${[...new Set(filter.status)].map(statusSql).join(' OR ')})`)
  }
  if (filter.costAbove !== undefined) conditions.push(`cost_ticks > ${bind(filter.costAbove)}`)
  if (filter.slowerThanMs !== undefined) conditions.push(`total_ms > ${bind(filter.slowerThanMs)}`)
  if (filter.q !== undefined) {
    const q = bind(filter.q)
    conditions.push(
      `(id = lower(${q}) OR upstream_request_id = ${q} OR response_id = ${q} OR instr(lower(error_text), lower(${q})) > 0)`,
    )
  }
  return {
    scan: `FROM requests ${index === null ? '' : `INDEXED BY ${index.name}`} WHERE ${walked.join(' AND ')}`,
    scanParams,
    where: conditions.length === 0 ? null : conditions.join(' AND '),
    params,
  }
}

interface Index {
  /** Null: it does not look up one value of a field. */
  field: keyof typeof COLUMN | null
  name: string
}

/** The predicate of `requests_by_failure`. */
const IS_FAILURE = `(status >= 400 OR ${failedSql()})`
const FAILURES: Index = { field: null, name: 'requests_by_failure' }

function indexFor(filter: RequestFilter): Index | null {
  const isFailures =
    (filter.status.length > 0 && filter.status.every((status) => status >= '4')) ||
    (filter.outcome.length > 0 && filter.outcome.every((outcome) => FAILED.includes(outcome))) ||
    // Only a failed request has a code.
    filter.errorCode.some((code) => code !== '')
  const isOne = ({ field }: (typeof INDEXES)[number]): boolean =>
    filter[field].length === 1 && filter[field][0] !== ''
  return INDEXES.find(isOne) ?? (isFailures ? FAILURES : null)
}

function isOneOf(
  column: string,
  values: readonly string[],
  bind: (value: string) => string,
): string {
  const [only] = values
  if (only !== undefined && only !== '' && values.length === 1) return `${column} = ${bind(only)}`
  // One parameter for any number of values: D1 allows 100 parameters.
  return `ifnull(${column}, '') IN (SELECT value FROM json_each(${bind(JSON.stringify(values))}))`
}

/**
 * The number is part of the SQL, since D1 allows 100 parameters. The input has been checked to be a status or
 * class.
 */
function statusSql(status: string): string {
  const first = Number(status.replaceAll('x', '0'))
  return status.endsWith('xx') ? `status BETWEEN ${first} AND ${first + 99}` : `status = ${first}`
}
