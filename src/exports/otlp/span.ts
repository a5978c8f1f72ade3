// Spans of requests as OTLP/HTTP JSON has them: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
// Attributes: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
import { decimalUsd } from '../../http/format.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { FAILED, type Outcome } from '../../ledger/outcomes.ts'

/** What a span is made from. */
export type SpanRow = Pick<
  LedgerEntry,
  | 'id'
  | 'atMs'
  | 'label'
  | 'tokenId'
  | 'session'
  | 'tags'
  | 'endpoint'
  | 'mode'
  | 'requestedModel'
  | 'model'
  | 'status'
  | 'outcome'
  | 'streamed'
  | 'inputTokens'
  | 'cachedTokens'
  | 'outputTokens'
  | 'reasoningTokens'
  | 'costTicks'
  | 'costBasis'
  | 'firstByteMs'
  | 'totalMs'
  | 'errorCode'
  | 'responseId'
  | 'times'
> & { traceContext: string }

/** int64 is a string in proto3 JSON. */
type Value = { stringValue: string } | { intValue: string } | { boolValue: boolean }
interface Attribute {
  key: string
  value: Value
}

const INTERNAL = 1
const CLIENT = 3
const ERROR = 2

/**
 * The operation of an endpoint that generates; others, such as lists, have none.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/#gen-ai-operation-name
 */
const OPERATIONS: Readonly<Record<string, string>> = {
  'chat/completions': 'chat',
  'chat/deferred-completion/{id}': 'chat',
  messages: 'chat',
  completions: 'text_completion',
  responses: 'chat',
  embeddings: 'embeddings',
  'images/generations': 'generate_content',
  'images/edits': 'generate_content',
  'videos/generations': 'generate_content',
  'videos/edits': 'generate_content',
  'videos/extensions': 'generate_content',
}

const valueOf = (value: string | number | boolean): Value => {
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) }
}

const attributesOf = (
  values: Readonly<Record<string, string | number | boolean | null>>,
): Attribute[] =>
  Object.entries(values).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: valueOf(value) }],
  )

const isFailed = (outcome: Outcome): boolean => FAILED.includes(outcome)

const hex = (id: string): string => id.replaceAll('-', '')

/** The id of a request's span: the random half of the request's own id. */
export const spanIdOf = (id: string): string => hex(id).slice(16)

const nanos = (ms: number): string => `${Math.max(0, Math.round(ms))}000000`

/** What the GenAI conventions say of a request that generates. */
function generated(
  row: SpanRow,
  operation: string | undefined,
): Parameters<typeof attributesOf>[0] {
  if (operation === undefined) return {}
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'x_ai',
    'gen_ai.request.model': row.requestedModel ?? row.model,
    'gen_ai.response.model': row.model,
    'gen_ai.response.id': row.responseId,
    'gen_ai.usage.input_tokens': row.inputTokens,
    'gen_ai.usage.output_tokens': row.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': row.cachedTokens,
    'gen_ai.usage.reasoning.output_tokens': row.reasoningTokens,
  }
}

export function spanOf(row: SpanRow, tokenName: string | null): object {
  const { id, atMs, totalMs, endpoint, outcome, traceContext } = row
  const [traceId = '', parentSpanId = ''] = traceContext.split('-')
  const operation = Object.hasOwn(OPERATIONS, endpoint) ? OPERATIONS[endpoint] : undefined
  const asked = row.requestedModel ?? row.model
  const wentOut = outcome !== 'refused'
  const tags = Object.entries(row.tags ?? {}).map(([name, value]) => [`metrion.tag.${name}`, value])
  return {
    traceId: traceId === '' ? hex(id) : traceId,
    spanId: spanIdOf(id),
    ...(parentSpanId === '' ? {} : { parentSpanId }),
    name: [operation ?? endpoint, operation && asked].filter(Boolean).join(' '),
    kind: wentOut ? CLIENT : INTERNAL,
    startTimeUnixNano: nanos(atMs),
    endTimeUnixNano: nanos(atMs + totalMs),
    attributes: attributesOf({
      ...generated(row, operation),
      ...Object.fromEntries(tags),
      'gen_ai.conversation.id': row.session,
      'server.address': wentOut ? 'api.x.ai' : null,
      'http.response.status_code': row.status,
      'error.type': isFailed(outcome) ? (row.errorCode ?? outcome) : null,
      'metrion.request.id': id,
      'metrion.requester': row.label,
      'metrion.token.id': row.tokenId,
      'metrion.token.name': tokenName,
      'metrion.endpoint': endpoint,
      'metrion.mode': row.mode,
      'metrion.outcome': outcome,
      'metrion.streamed': row.streamed,
      'metrion.requests': row.times,
      'metrion.first_byte_ms': row.firstByteMs,
      'metrion.cost.ticks': row.costTicks,
      'metrion.cost.usd': row.costTicks === null ? null : decimalUsd(row.costTicks),
      'metrion.cost.basis': row.costBasis,
    }),
    // xAI's own words may quote what was asked: they stay in the ledger.
    status: isFailed(outcome) ? { code: ERROR, message: row.errorCode ?? outcome } : {},
  }
}

/** The body of `POST /v1/traces`. */
export const exportOf = (spans: readonly object[], accountName: string): object => ({
  resourceSpans: [
    {
      resource: {
        attributes: attributesOf({ 'service.name': 'metrion', 'metrion.account': accountName }),
      },
      scopeSpans: [{ scope: { name: 'metrion' }, spans }],
    },
  ],
})
