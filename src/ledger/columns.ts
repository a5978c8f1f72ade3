import { COST_BASES } from '../pricing/price.ts'
import { OUTCOMES } from './outcomes.ts'

/** Whose key paid; `job`: Metrion itself fetched the bill of work that nobody had asked after. */
export const MODES = ['stored', 'pass-through', 'job'] as const

/** What the values of a column are, in JavaScript and as JSON; D1 has flags as 0 and 1, and counts by name as JSON. */
type Type = 'uuid' | 'text' | 'count' | 'ticks' | 'flag' | 'counts' | readonly [string, ...string[]]

interface Column {
  /** Its name in `requests`; the SQL type follows from the type of the values. */
  sql: string
  type: Type
  /** It may be null: not known, or none. */
  nullable?: true
  /** What messages of an older deployment stand for, which lack it. */
  fallback?: number | boolean | null
  /**
   * What it is called in the API; in the CSV, the same in snake case. Absent: as here. Null: it is not told.
   */
  json?: string | null
  /** What the API's reference says of it. */
  about?: string
  /** Its place in a point of Analytics Engine, for ever; a new one goes behind the last. */
  blob?: number
  double?: number
  /** What stands there where it is null; by default 0. */
  absent?: number
}

const columns = <const T extends Record<string, Column>>(table: T): T => table

/**
 * What is remembered of a request: everything that a row has is described here, and only here. The insert, the
 * message, the API with its reference, the exports and the points of Analytics Engine follow from it, in this
 * order. After a change, `npm run migrations`.
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
  /** Another model has answered than was asked for, and not by another of its names. */
  redirected: {
    sql: 'redirected',
    type: 'flag',
    fallback: false,
    about: 'The model is not the requested one, under any of its names',
  },
  /** 499 where the caller hung up before it could be told anything. */
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
  /** Billed as output, reasoning included. */
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
  /** Of text in the request; null where it is not all that the model read. */
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
  /** One, but of refusals that came too often. */
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

/** The same, without the narrow types. */
export const columnOf = (field: Field): Column => COLUMNS[field]

type Plain<T extends Type> = T extends 'flag'
  ? boolean
  : T extends 'count' | 'ticks'
    ? number
    : T extends 'counts'
      ? Readonly<Record<string, number>>
      : T extends readonly (infer V)[]
        ? V
        : string

/** What a field holds. */
export type Value<F extends Field> =
  | Plain<(typeof COLUMNS)[F]['type']>
  | ((typeof COLUMNS)[F] extends { nullable: true } ? null : never)

type JsonNameOf<F extends Field> = (typeof COLUMNS)[F] extends { json: infer J }
  ? J extends string
    ? J
    : never
  : F

/** The fields that the API tells as they are, by the names that it tells them under. */
export type Told = {
  [F in Exclude<Field, 'atMs' | 'tokenId'> as JsonNameOf<F>]: Value<F>
}

/** What a field is called in the API; null: it is not told. */
export const jsonName = (field: Field): string | null => {
  const { json } = columnOf(field)
  return json === undefined ? field : json
}
