import { COST_BASES } from '../pricing/price.ts'
import { OUTCOMES } from './outcomes.ts'

/**
 * The key that paid: the account's, or the caller's own. `job`: Metrion fetched the bill of an async job itself,
 * since no caller had asked for it.
 */
export const MODES = ['stored', 'pass-through', 'job'] as const

/**
 * The type of a column's values in JavaScript and JSON. In D1, flags are 0 and 1, and `counts` (counts
 * by name) and `texts` (texts by name) are JSON.
 */
type Type =
  | 'uuid'
  | 'text'
  | 'count'
  | 'ticks'
  | 'flag'
  | 'counts'
  | 'texts'
  | readonly [string, ...string[]]

interface Column {
  /** The column's name in `requests`. The SQL type follows from `type`. */
  sql: string
  type: Type
  /** Null: unknown, or none. */
  nullable?: true
  /** The value for messages of an older deployment, which lack the column. */
  fallback?: number | boolean | null
  /** The name in the API; the CSV has it in snake case. Absent: the field's name. Null: not in the API. */
  json?: string | null
  /** The description in the API reference. */
  about?: string
  /** The position in an Analytics Engine data point. Never change one; a new column goes last. */
  blob?: number
  double?: number
  /** The value of `double` for null. Default: 0. */
  absent?: number
}

const columns = <const T extends Record<string, Column>>(table: T): T => table

/**
 * All columns of a request's row; described here only. The insert, the message, the API and its reference,
 * the exports and the Analytics Engine data points follow from this table, in this order. After a change,
 * run `npm run migrations`.
 */
export const COLUMNS = columns({
  id: {
    sql: 'id',
    type: 'uuid',
    about: 'Also what the caller got as x-metrion-request-id',
    blob: 1,
  },
  accountId: { sql: 'account_id', type: 'text', json: null },
  /** When the request arrived. */
  atMs: { sql: 'at_ms', type: 'count', json: 'at' },
  label: {
    sql: 'label',
    type: 'text',
    nullable: true,
    json: 'requester',
    about: 'x-metrion-user, percent-decoded',
    blob: 3,
  },
  tokenId: { sql: 'token_id', type: 'text', json: 'token', blob: 2 },
  endpoint: { sql: 'endpoint', type: 'text', blob: 4 },
  mode: {
    sql: 'mode',
    type: MODES,
    about: 'Whose key paid; job: Metrion fetched the bill of earlier work',
    blob: 5,
  },
  requestedModel: { sql: 'requested_model', type: 'text', nullable: true },
  model: { sql: 'model', type: 'text', nullable: true, about: 'The one that answered', blob: 6 },
  /** xAI answered with a model that is neither the requested one nor an alias of it. */
  redirected: {
    sql: 'redirected',
    type: 'flag',
    fallback: false,
    about: 'The model is not the requested one, under any of its names',
  },
  /** 499: the caller left before any status was sent. */
  status: {
    sql: 'status',
    type: 'count',
    about: 'What the caller was told; 499 where it hung up before that',
    double: 1,
  },
  outcome: { sql: 'outcome', type: OUTCOMES, blob: 7 },
  streamed: { sql: 'streamed', type: 'flag' },
  inputTokens: { sql: 'input_tokens', type: 'count', nullable: true, double: 2 },
  cachedTokens: {
    sql: 'cached_tokens',
    type: 'count',
    nullable: true,
    about: 'Part of the input',
    double: 3,
  },
  /** Billed as output; includes reasoning tokens. */
  outputTokens: {
    sql: 'output_tokens',
    type: 'count',
    nullable: true,
    about: 'Reasoning included',
    double: 4,
  },
  reasoningTokens: { sql: 'reasoning_tokens', type: 'count', nullable: true, double: 5 },
  toolCalls: {
    sql: 'tool_calls',
    type: 'counts',
    nullable: true,
    about: 'Of xAI’s server-side tools',
  },
  costTicks: { sql: 'cost_ticks', type: 'ticks', nullable: true, double: 6 },
  costBasis: { sql: 'cost_basis', type: COST_BASES, about: 'How the cost is known', blob: 8 },
  computedTicks: {
    sql: 'computed_ticks',
    type: 'ticks',
    nullable: true,
    about: 'The cost by the price table, beside xAI’s own bill',
  },
  savedTicks: {
    sql: 'saved_ticks',
    type: 'ticks',
    nullable: true,
    fallback: null,
    about: 'What xAI’s prompt cache took off the price, by the price table',
  },
  countedTicks: {
    sql: 'counted_ticks',
    type: 'ticks',
    nullable: true,
    fallback: null,
    about:
      'What budgets count where the cost is unknown or still to come: what was reserved for it',
  },
  /** Bytes of text in the request. Null: the model read more than this text. */
  textBytes: { sql: 'text_bytes', type: 'count', nullable: true, fallback: null, json: null },
  ownMs: {
    sql: 'own_ms',
    type: 'count',
    json: 'overheadMs',
    about: 'Metrion’s own share before the request went to xAI',
    double: 9,
  },
  firstByteMs: { sql: 'first_byte_ms', type: 'count', nullable: true, double: 7, absent: -1 },
  totalMs: { sql: 'total_ms', type: 'count', double: 8 },
  errorCode: { sql: 'error_code', type: 'text', nullable: true, blob: 9 },
  errorText: {
    sql: 'error_text',
    type: 'text',
    nullable: true,
    about: 'xAI’s own words, to 500 characters',
  },
  responseId: { sql: 'response_id', type: 'text', nullable: true },
  upstreamRequestId: {
    sql: 'upstream_request_id',
    type: 'text',
    nullable: true,
    about: 'What to quote to xAI’s support',
  },
  colo: {
    sql: 'colo',
    type: 'text',
    nullable: true,
    about: 'The Cloudflare location',
    blob: 10,
  },
  /** The trace and span of the caller, until the span is sent; '': it has none. Null: sent, or not wanted. */
  traceContext: { sql: 'trace_context', type: 'text', nullable: true, fallback: null, json: null },
  session: {
    sql: 'session',
    type: 'text',
    nullable: true,
    fallback: null,
    about: 'x-metrion-session, percent-decoded: the conversation or job that it is a part of',
  },
  tags: {
    sql: 'tags',
    type: 'texts',
    nullable: true,
    fallback: null,
    about: 'x-metrion-tags, percent-decoded: values by name',
  },
  /** The number of requests that the row stands for. Above 1 only for refusals beyond the limit per minute. */
  times: {
    sql: 'times',
    type: 'count',
    fallback: 1,
    about:
      'How many requests it stands for: beyond 60 refusals a minute and token, one row for all',
    double: 10,
  },
})

export type Field = keyof typeof COLUMNS
export const FIELDS = Object.keys(COLUMNS) as Field[]

/** A column without the narrow types. */
export const columnOf = (field: Field): Column => COLUMNS[field]

type Plain<T extends Type> = T extends 'flag'
  ? boolean
  : T extends 'count' | 'ticks'
    ? number
    : T extends 'counts'
      ? Readonly<Record<string, number>>
      : T extends 'texts'
        ? Readonly<Record<string, string>>
        : T extends readonly (infer V)[]
          ? V
          : string

/** The type of a field's value. */
export type Value<F extends Field> =
  | Plain<(typeof COLUMNS)[F]['type']>
  | ((typeof COLUMNS)[F] extends { nullable: true } ? null : never)

type JsonNameOf<F extends Field> = (typeof COLUMNS)[F] extends { json: infer J }
  ? J extends string
    ? J
    : never
  : F

/** The fields that the API returns unchanged, under their names in the API. */
export type Told = {
  [F in Exclude<Field, 'atMs' | 'tokenId'> as JsonNameOf<F>]: Value<F>
}

/** A field's name in the API. Null: not in the API. */
export const jsonName = (field: Field): string | null => {
  const { json } = columnOf(field)
  return json === undefined ? field : json
}
