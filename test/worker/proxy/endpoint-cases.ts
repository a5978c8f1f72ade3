import type { ENDPOINTS } from '../../../src/xai/endpoints.ts'
import { COMPACTED, COMPLETION, EMBEDDINGS, IMAGE } from '../../xai/media.ts'
import { bytes, events, json, stream, typedEvents, type Reply } from '../../xai/reply.ts'
import {
  ANTHROPIC,
  ANTHROPIC_EVENTS,
  RESPONSE,
  RESPONSE_EVENTS,
  terminal,
  TOOLS_USAGE,
} from '../../xai/responses.ts'
import type { Row } from '../world.ts'

const IN = 12_500
const CACHED = 2_000
const OUT = 25_000

/** A request to `responses`. */
export const base = { model: 'grok-4.3', input: 'Hello' }
const anthropic = { model: 'grok-4.3', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
const unpriced = (usage: object): object => ({ ...usage, cost_in_usd_ticks: 0 })
const withoutCost = json({ ...RESPONSE, usage: unpriced(RESPONSE.usage) })
const whole = (...last: { type: string }[]): Reply =>
  stream(typedEvents([...RESPONSE_EVENTS, ...last]))
const cut = (list: readonly { type: string }[], upTo: number): Reply =>
  stream(typedEvents(list.slice(0, upTo)), { ending: 'cut' })
export const HIDDEN_USAGE = { ...COMPLETION, choices: [] }
export const TEXT = { ...COMPLETION, usage: undefined, choices: [{ index: 0, text: ' ok' }] }
export const END = { ...TEXT, choices: [{ index: 0, text: '', finish_reason: 'stop' }] }

interface Case {
  endpoint: keyof typeof ENDPOINTS
  kind: 'plain' | 'streamed' | 'aborted'
  what: string
  reply: Reply
  body: object
  row: Row
}

const response = { costBasis: 'reported', costTicks: 2_971_500, computedTicks: 2_971_500 }
const tokens = { inputTokens: 197, cachedTokens: 192, outputTokens: 101, reasoningTokens: 100 }
const message = {
  costBasis: 'computed',
  costTicks: 20 * IN + 180 * CACHED + 42 * OUT,
  inputTokens: 200,
  cachedTokens: 180,
  outputTokens: 42,
}

export const CASES: Case[] = [
  {
    endpoint: 'responses',
    kind: 'plain',
    what: 'xAI’s own bill',
    reply: json(RESPONSE),
    body: base,
    row: { ...response, ...tokens, responseId: RESPONSE.id, model: 'grok-4.3' },
  },
  {
    endpoint: 'responses',
    kind: 'plain',
    what: 'no bill',
    reply: withoutCost,
    body: base,
    row: { ...response, ...tokens, costBasis: 'computed' },
  },
  {
    endpoint: 'responses',
    kind: 'plain',
    what: 'tools, priced by ourselves',
    // Before xAI began to bill what the search found rather than the search.
    reply: json({
      ...RESPONSE,
      usage: unpriced({
        ...TOOLS_USAGE,
        server_side_tool_usage_details: { web_search_calls: 3, code_interpreter_calls: 1 },
      }),
    }),
    body: base,
    row: {
      costBasis: 'computed',
      costTicks: 168_319_000 + 4 * 50_000_000,
      toolCalls: { web_search_calls: 3, code_interpreter_calls: 1 },
    },
  },
  ...(['completed', 'incomplete', 'failed', 'done'] as const).map((status): Case => ({
    endpoint: 'responses',
    kind: 'streamed',
    what: `response.${status}`,
    reply: whole(
      terminal(
        status,
        status === 'failed' ? { error: { code: 'server_error', message: 'Oh' } } : {},
      ),
    ),
    body: { ...base, stream: true },
    row: {
      ...response,
      ...tokens,
      outcome: status === 'failed' ? 'upstream_error' : 'complete',
      errorText: status === 'failed' ? 'Oh' : null,
    },
  })),
  {
    endpoint: 'responses',
    kind: 'streamed',
    what: 'priority, no bill',
    reply: whole(
      terminal('completed', { service_tier: 'priority', usage: unpriced(RESPONSE.usage) }),
    ),
    body: { ...base, stream: true },
    row: { ...tokens, costBasis: 'computed', costTicks: 2 * 2_971_500 },
  },
  {
    endpoint: 'responses',
    kind: 'streamed',
    what: 'an error in mid-stream',
    reply: stream(
      typedEvents([
        ...RESPONSE_EVENTS.slice(0, 2),
        { type: 'error', code: null, message: 'Service temporarily unavailable.' } as {
          type: string
        },
      ]),
    ),
    body: { ...base, stream: true },
    row: {
      outcome: 'upstream_error',
      costBasis: 'none',
      errorText: 'Service temporarily unavailable.',
    },
  },
  {
    endpoint: 'responses',
    kind: 'aborted',
    what: 'cut behind three deltas',
    reply: cut(RESPONSE_EVENTS, 13),
    body: { ...base, stream: true },
    // Five letters of a summary are two tokens, and two of text.
    row: {
      outcome: 'upstream_cut',
      costBasis: 'estimated',
      outputTokens: 4,
      responseId: RESPONSE.id,
    },
  },
  {
    endpoint: 'messages',
    kind: 'plain',
    what: 'never a bill',
    reply: json(ANTHROPIC),
    body: anthropic,
    row: { ...message, responseId: ANTHROPIC.id },
  },
  {
    endpoint: 'messages',
    kind: 'streamed',
    what: 'never a bill',
    reply: stream(typedEvents(ANTHROPIC_EVENTS)),
    body: { ...anthropic, stream: true },
    row: { ...message, outcome: 'complete' },
  },
  {
    endpoint: 'messages',
    kind: 'aborted',
    what: 'the prompt is known, the answer counted',
    reply: cut(ANTHROPIC_EVENTS, 5),
    body: { ...anthropic, stream: true },
    row: {
      outcome: 'upstream_cut',
      costBasis: 'estimated',
      inputTokens: 200,
      cachedTokens: 180,
      outputTokens: 2,
      costTicks: 20 * IN + 180 * CACHED + 2 * OUT,
    },
  },
  {
    endpoint: 'completions',
    kind: 'plain',
    what: 'xAI’s own bill',
    reply: json(COMPLETION),
    body: { model: 'grok-4.3', prompt: 'Say ok' },
    row: { costBasis: 'reported', costTicks: 1_300_000, computedTicks: 1_300_000 },
  },
  {
    endpoint: 'completions',
    kind: 'streamed',
    what: 'xAI’s own bill',
    reply: stream(events([TEXT, END, HIDDEN_USAGE, '[DONE]'])),
    body: { model: 'grok-4.3', prompt: 'Say ok', stream: true },
    row: { costBasis: 'reported', costTicks: 1_300_000, outcome: 'complete' },
  },
  {
    endpoint: 'completions',
    kind: 'aborted',
    what: 'one delta',
    reply: stream(events([TEXT]), { ending: 'cut' }),
    body: { model: 'grok-4.3', prompt: 'Say ok', stream: true },
    row: { costBasis: 'estimated', outputTokens: 1, outcome: 'upstream_cut' },
  },
  {
    endpoint: 'embeddings',
    kind: 'plain',
    what: 'no price for this model',
    reply: json(EMBEDDINGS),
    body: { model: 'v1', input: 'Hello' },
    row: { costBasis: 'unknown', costTicks: null, inputTokens: 7, outputTokens: 0 },
  },
  {
    endpoint: 'responses/compact',
    kind: 'plain',
    what: 'never a bill',
    reply: json(COMPACTED),
    body: { model: 'grok-4.3' },
    row: { costBasis: 'computed', costTicks: 1000 * IN + 50 * OUT, inputTokens: 1000 },
  },
  {
    endpoint: 'documents/search',
    kind: 'plain',
    what: 'never a bill',
    reply: json({ matches: [] }),
    body: { query: 'x', source: { collection_ids: ['c'] } },
    row: { costBasis: 'computed', costTicks: 25_000_000 },
  },
  {
    endpoint: 'images/generations',
    kind: 'plain',
    what: 'xAI’s own bill',
    reply: json(IMAGE),
    body: { model: 'grok-imagine-image', prompt: 'A lighthouse' },
    row: { costBasis: 'reported', costTicks: 200_000_000, computedTicks: 200_000_000 },
  },
  ...(
    [
      [{ model: 'grok-imagine-image', n: 3 }, 600_000_000],
      // Served by 2.0 at low since 2026-11-02.
      [{ model: 'grok-imagine-image-quality' }, 400_000_000],
      [{ model: 'grok-imagine-image-quality-latest', resolution: '2k' }, 600_000_000],
      // What is made is low where nothing is said.
      [{ model: 'grok-imagine-image-2.0' }, 400_000_000],
      [{ model: 'grok-imagine-image-2.0', quality: 'auto' }, 400_000_000],
      [{ model: 'grok-imagine-image-2.0', quality: 'medium' }, 600_000_000],
      [{ model: 'grok-imagine-image-2.0', quality: 'low' }, 400_000_000],
      [
        { model: 'grok-imagine-image-2.0', quality: 'medium', resolution: '2k', n: 2 },
        1_600_000_000,
      ],
    ] as const
  ).map(([body, costTicks]): Case => ({
    endpoint: 'images/generations',
    kind: 'plain',
    what: `no bill: ${JSON.stringify(body)}`,
    reply: json({ data: IMAGE.data }),
    body: { ...body, prompt: 'A lighthouse' },
    row: { costBasis: 'computed', costTicks },
  })),
  {
    endpoint: 'images/edits',
    kind: 'plain',
    what: 'megabytes of base64',
    reply: json({ data: [{ b64_json: 'A'.repeat(3_000_000) }], usage: IMAGE.usage }),
    body: { model: 'grok-imagine-image', prompt: 'Darker', image: { url: 'https://x.ai/a.png' } },
    row: { costBasis: 'reported', costTicks: 200_000_000 },
  },
  {
    endpoint: 'tts',
    kind: 'plain',
    what: 'sound, by the character',
    reply: bytes(new Uint8Array(300_000).fill(0xff), 'audio/mpeg'),
    body: { text: 'Grüezi 👋', voice_id: 'ara' },
    row: { outcome: 'complete', costBasis: 'computed', costTicks: 8 * 150_000 },
  },
  {
    endpoint: 'tts',
    kind: 'aborted',
    what: 'sound that breaks off is billed by what was to be spoken',
    reply: {
      ...bytes(new Uint8Array(3_000), 'audio/mpeg'),
      lengthBytes: 9_000,
      ending: 'cut',
    },
    body: { text: 'Hello' },
    row: { costBasis: 'estimated', costTicks: 5 * 150_000 },
  },
]
