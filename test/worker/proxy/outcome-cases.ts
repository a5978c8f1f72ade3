import { CLOUDFLARE_520, ERROR_200, ERROR_CHUNK, ERRORS, UNPROCESSABLE } from '../../xai/errors.ts'
import {
  CUMULATIVE_CHUNKS,
  PLAIN,
  STREAM_CHUNKS,
  STREAM_USAGE,
  TOOL_CHUNKS,
  TOOL_USAGE,
} from '../../xai/recordings.ts'
import { events, json, stream, text, type Reply } from '../../xai/reply.ts'
import { CHAT, type Row } from '../world.ts'

export const STREAMED = { ...CHAT, model: 'grok-4-fast', stream: true }
const WITH_USAGE = { ...STREAMED, stream_options: { include_usage: true } }
const sent = [...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']
const hidden = [...STREAM_CHUNKS, '[DONE]']

export const NOTHING_BILLED = {
  inputTokens: null,
  outputTokens: null,
  costTicks: null,
  costBasis: 'none',
  computedTicks: null,
  savedTicks: null,
}

interface Case {
  name: string
  reply: Reply
  body?: unknown
  /** The answer's body; null where it breaks off. */
  answer?: string | null
  row: Row
}

const errorCases: Case[] = Object.entries(ERRORS).map(([name, [status, body]]) => ({
  name: `refused by xAI: ${name}`,
  reply: json(body, status, { 'x-request-id': 'up-1' }),
  answer: JSON.stringify(body),
  row: {
    status,
    outcome: 'upstream_refused',
    upstreamRequestId: 'up-1',
    ...NOTHING_BILLED,
    errorText: typeof body.error === 'string' ? body.error : body.error.message,
  },
}))

/** What xAI answers, what the caller sees of it, and what the ledger says. */
export const CASES: Case[] = [
  {
    name: 'complete, plain',
    reply: json(PLAIN, 200, { 'x-request-id': 'up-2' }),
    answer: JSON.stringify(PLAIN),
    row: {
      status: 200,
      outcome: 'complete',
      streamed: false,
      endpoint: 'chat/completions',
      mode: 'stored',
      requestedModel: 'grok-4.3',
      model: 'grok-3-mini',
      inputTokens: 12,
      cachedTokens: 2,
      outputTokens: 229,
      reasoningTokens: 228,
      costTicks: 1_176_500,
      costBasis: 'reported',
      responseId: PLAIN.id,
      upstreamRequestId: 'up-2',
      errorCode: null,
    },
  },
  {
    name: 'complete, streamed, usage hidden',
    reply: stream(events(sent)),
    body: STREAMED,
    answer: events(hidden).join(''),
    row: {
      status: 200,
      outcome: 'complete',
      streamed: true,
      costTicks: 739_000,
      costBasis: 'reported',
      inputTokens: 165,
      cachedTokens: 164,
      outputTokens: 131,
      reasoningTokens: 129,
    },
  },
  {
    name: 'complete, streamed, usage asked for',
    reply: stream(events(sent)),
    body: WITH_USAGE,
    answer: events(sent).join(''),
    row: { status: 200, outcome: 'complete', costTicks: 739_000, costBasis: 'reported' },
  },
  {
    name: 'complete, streamed, CRLF and no [DONE]',
    reply: stream(events([...STREAM_CHUNKS, STREAM_USAGE], '\r\n')),
    body: STREAMED,
    answer: events(STREAM_CHUNKS, '\r\n').join(''),
    row: { outcome: 'complete', costTicks: 739_000 },
  },
  {
    name: 'complete, tool call',
    reply: stream(events([...TOOL_CHUNKS, TOOL_USAGE, '[DONE]'])),
    body: STREAMED,
    answer: events([...TOOL_CHUNKS, '[DONE]']).join(''),
    row: { outcome: 'complete', costTicks: 1_330_500, outputTokens: 222 },
  },
  {
    name: 'complete, cumulative usage and no bill',
    reply: stream(events([...CUMULATIVE_CHUNKS, '[DONE]'])),
    body: STREAMED,
    answer: events([...CUMULATIVE_CHUNKS, '[DONE]']).join(''),
    // grok-3 is billed as grok-4.3 since its retirement.
    row: {
      outcome: 'complete',
      costBasis: 'computed',
      costTicks: 20 * 12_500 + 3 * 25_000,
      inputTokens: 20,
      outputTokens: 3,
    },
  },
  {
    name: 'complete, packed although not asked for',
    reply: { ...json(PLAIN), gzip: true },
    answer: JSON.stringify(PLAIN),
    row: { outcome: 'complete', costTicks: 1_176_500 },
  },
  {
    name: 'a model without a price',
    reply: json({ ...PLAIN, model: 'grok-99', usage: { ...PLAIN.usage, cost_in_usd_ticks: 0 } }),
    row: {
      outcome: 'complete',
      model: 'grok-99',
      costBasis: 'unknown',
      costTicks: null,
      inputTokens: 12,
    },
  },
  ...errorCases,
  {
    name: 'refused in plain text',
    reply: text(UNPROCESSABLE, 422),
    answer: UNPROCESSABLE,
    row: {
      status: 422,
      outcome: 'upstream_refused',
      errorCode: 'http_422',
      errorText: UNPROCESSABLE,
      costBasis: 'none',
    },
  },
  {
    name: 'refused in HTML',
    reply: text(CLOUDFLARE_520, 520, 'text/html'),
    answer: CLOUDFLARE_520,
    row: {
      status: 520,
      outcome: 'upstream_refused',
      errorText: 'api.x.ai | 520: Web server is returning an unknown error Error 520',
      costBasis: 'none',
    },
  },
  {
    name: 'a 200 that is an error',
    reply: json(ERROR_200),
    body: STREAMED,
    answer: JSON.stringify(ERROR_200),
    row: {
      status: 200,
      outcome: 'upstream_refused',
      errorText: ERROR_200.error,
      ...NOTHING_BILLED,
    },
  },
  {
    name: 'an error in mid-stream',
    reply: stream(events([...STREAM_CHUNKS.slice(0, 2), ERROR_CHUNK])),
    body: STREAMED,
    answer: events([...STREAM_CHUNKS.slice(0, 2), ERROR_CHUNK]).join(''),
    row: {
      status: 200,
      outcome: 'upstream_error',
      errorCode: ERROR_CHUNK.code,
      errorText: ERROR_CHUNK.error,
      costBasis: 'estimated',
      outputTokens: 2,
    },
  },
  {
    name: 'an error before the first word',
    reply: stream(events([ERROR_CHUNK])),
    body: STREAMED,
    row: { outcome: 'upstream_error', ...NOTHING_BILLED },
  },
  {
    name: 'cut by xAI',
    reply: stream(events(STREAM_CHUNKS.slice(0, 2)), { ending: 'cut' }),
    body: STREAMED,
    answer: null,
    // As much text as in the complete requests before, of which xAI counted 165 tokens; grok-4-fast is
    // billed as grok-4.3 now.
    row: {
      status: 200,
      outcome: 'upstream_cut',
      costBasis: 'estimated',
      inputTokens: 165,
      outputTokens: 2,
      costTicks: 165 * 12_500 + 2 * 25_000,
      computedTicks: null,
    },
  },
  {
    name: 'ended by xAI before it was whole',
    reply: stream(events(STREAM_CHUNKS.slice(0, 2))),
    body: STREAMED,
    answer: events(STREAM_CHUNKS.slice(0, 2)).join(''),
    row: { outcome: 'upstream_cut', costBasis: 'estimated', outputTokens: 2 },
  },
  {
    name: 'cut by xAI in the middle of an event',
    reply: stream([...events(STREAM_CHUNKS.slice(0, 2)), 'data: {"id":'], { ending: 'cut' }),
    body: STREAMED,
    answer: null,
    row: { outcome: 'upstream_cut', costBasis: 'estimated', outputTokens: 2 },
  },
  {
    name: 'cumulative usage that is cut',
    reply: stream(events(CUMULATIVE_CHUNKS.slice(0, 2)), { ending: 'cut' }),
    body: STREAMED,
    answer: null,
    row: { outcome: 'upstream_cut', costBasis: 'estimated', inputTokens: 20, outputTokens: 2 },
  },
  {
    name: 'server-side tools',
    reply: json({
      ...PLAIN,
      usage: { ...PLAIN.usage, server_side_tool_usage_details: { web_search_calls: 2 } },
    }),
    row: { outcome: 'complete', costTicks: 1_176_500 },
  },
  {
    name: 'words without end',
    reply: json({ code: 'c', error: 'ten chars '.repeat(100) }, 400),
    row: { status: 400, outcome: 'upstream_refused', errorText: 'ten chars '.repeat(50).trimEnd() },
  },
  {
    name: 'cut, with a running bill',
    reply: stream(
      events([{ ...STREAM_CHUNKS[0], model: 'grok-99', usage: { cost_in_usd_ticks: 777 } }]),
      { ending: 'cut' },
    ),
    body: STREAMED,
    answer: null,
    row: { outcome: 'upstream_cut', costBasis: 'estimated', costTicks: 777 },
  },
  {
    name: 'usage without its blank line',
    reply: stream([...events(STREAM_CHUNKS), events([STREAM_USAGE])[0]!.trimEnd()]),
    body: STREAMED,
    answer: events(STREAM_CHUNKS).join(''),
    row: { outcome: 'complete', costBasis: 'reported', costTicks: 739_000 },
  },
  {
    name: 'an error with usage but no bill',
    reply: json({ error: 'overloaded', usage: { prompt_tokens: 9, completion_tokens: 9 } }, 400),
    row: { status: 400, outcome: 'upstream_refused', ...NOTHING_BILLED },
  },
  {
    name: 'a redirect',
    reply: { status: 302, headers: { location: '/elsewhere' } },
    row: { status: 302, outcome: 'upstream_refused', firstByteMs: null, ...NOTHING_BILLED },
  },
  {
    name: 'an empty answer',
    reply: { status: 204 },
    row: { status: 204, outcome: 'upstream_cut', firstByteMs: null },
  },
  {
    name: 'plain JSON that stops in the middle',
    reply: text('{"id":"x","choices":[', 200, 'application/json'),
    row: { status: 200, outcome: 'upstream_cut', costBasis: 'estimated' },
  },
  {
    name: 'cut right after the usage',
    reply: stream(events([...STREAM_CHUNKS, STREAM_USAGE]), { ending: 'cut' }),
    body: STREAMED,
    answer: null,
    row: { outcome: 'upstream_cut', costBasis: 'reported', costTicks: 739_000 },
  },
]
