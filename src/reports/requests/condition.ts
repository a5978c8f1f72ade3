import { FAILED, failedSql } from '../../ledger/outcomes.ts'
import { firstUuid } from '../../http/uuid.ts'
import { COLUMN, type RequestFilter } from './filter.ts'

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
  { field: 'session', name: 'requests_by_session' },
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
  if (index === TAGGED) walked.push('tags IS NOT NULL')
  if (index?.field) walked.push(isOneOf(COLUMN[index.field], filter[index.field], bind))
  const scanParams = [...params]

  for (const field of Object.keys(COLUMN) as (keyof typeof COLUMN)[]) {
    if (filter[field].length > 0 && field !== index?.field)
      conditions.push(isOneOf(COLUMN[field], filter[field], bind))
  }
  if (filter.status.length > 0) {
    conditions.push(`(${[...new Set(filter.status)].map(statusSql).join(' OR ')})`)
  }
  for (const tag of tagsIn(filter.tag)) conditions.push(tagSql(tag, bind))
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
const TAGGED: Index = { field: null, name: 'requests_with_tags' }

function indexFor(filter: RequestFilter): Index | null {
  const isFailures =
    (filter.status.length > 0 && filter.status.every((status) => status >= '4')) ||
    (filter.outcome.length > 0 && filter.outcome.every((outcome) => FAILED.includes(outcome))) ||
    // Only a failed request has a code.
    filter.errorCode.some((code) => code !== '')
  const isOne = ({ field }: (typeof INDEXES)[number]): boolean =>
    filter[field].length === 1 && filter[field][0] !== ''
  return INDEXES.find(isOne) ?? (isFailures ? FAILURES : filter.tag.some(Boolean) ? TAGGED : null)
}

interface Tag {
  name: string
  /** Null: any. */
  values: readonly string[] | null
}

const nameIn = (text: string): string => text.replaceAll('%3D', '=').replaceAll('%25', '%')

/** The names that a filter of tags asks for. */
function tagsIn(asked: readonly string[]): Tag[] {
  const pairs = asked.filter(Boolean).map((pair): [string, string | null] => {
    const at = pair.indexOf('=')
    return at < 0 ? [nameIn(pair), null] : [nameIn(pair.slice(0, at)), pair.slice(at + 1)]
  })
  return [...Map.groupBy(pairs, ([name]) => name)].map(([name, list]) => {
    const values = list.flatMap(([, value]) => (value === null ? [] : [value]))
    return { name, values: values.length < list.length ? null : values }
  })
}

function tagSql({ name, values }: Tag, bind: (value: string) => string): string {
  const isValue =
    values === null
      ? ''
      : ` AND tag.value IN (SELECT value FROM json_each(${bind(JSON.stringify(values))}))`
  return `EXISTS (SELECT 1 FROM json_each(tags) AS tag WHERE tag.key = ${bind(name)}${isValue})`
}

/** The condition that a column has one of these values; '' stands for none. */
export function isOneOf(
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
