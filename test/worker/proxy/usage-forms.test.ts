import { expect, test } from 'vitest'
import { bytes, events, json, stream, typedEvents, type Reply } from '../../xai/reply.ts'
import {
  ANTHROPIC,
  ANTHROPIC_EVENTS,
  RESPONSE,
  RESPONSE_EVENTS,
  terminal,
} from '../../xai/responses.ts'
import { CHAT, chat, makeAccount, rowOf, type Row } from '../world.ts'
import { base } from './endpoint-cases.ts'
import {
  answerWith,
  chatWith,
  chunk,
  lastChunk,
  RESPONSE_USAGE,
  TICKS,
  TOKENS,
  USAGE,
  usageChunk,
} from './yardstick.ts'

const account = await makeAccount()
const COMPUTED = { costBasis: 'computed', costTicks: TICKS, ...TOKENS }
const REPORTED = { costBasis: 'reported', costTicks: TICKS, computedTicks: TICKS, ...TOKENS }
const STREAMED = { ...CHAT, stream: true }

async function row(reply: Reply, body: object = CHAT, endpoint = 'chat/completions'): Promise<Row> {
  const answered = await chat(account, { path: `/api/proxy/grok/${endpoint}`, reply, body })
  await answered.text().catch(() => null)
  return rowOf(account, answered)
}

const without = (name: keyof typeof USAGE): object => ({ ...USAGE, [name]: undefined })

test.each([
  ['in nano-USD, without ticks', { ...USAGE, cost_in_nano_usd: 204_000 }],
  ['in nano-USD, as text', { ...USAGE, cost_in_nano_usd: '204000' }],
  ['in nano-USD, beside ticks of 0', { ...USAGE, cost_in_usd_ticks: 0, cost_in_nano_usd: 204_000 }],
  ['in ticks, beside other nano-USD', { ...USAGE, cost_in_usd_ticks: TICKS, cost_in_nano_usd: 7 }],
  ['in ticks, as text', { ...USAGE, cost_in_usd_ticks: String(TICKS) }],
  ['in ticks, as a fraction that is none', { ...USAGE, cost_in_usd_ticks: '2040000.0' }],
])('a bill is taken %s', async (_, usage) => {
  expect(await row(chatWith(usage))).toMatchObject(REPORTED)
})

test.each([
  ['as texts', { ...USAGE, prompt_tokens: '100', completion_tokens: '10', total_tokens: '140' }],
  ['without a total', without('total_tokens')],
  ['without the completion', without('completion_tokens')],
  ['with a prompt of 0 that nobody has counted', { ...USAGE, prompt_tokens: 0 }],
  ['with a total of 0 that nobody has counted', { ...USAGE, total_tokens: 0 }],
  ['without the prompt', without('prompt_tokens')],
  [
    'without the prompt and the total, which the kinds of input give',
    {
      ...USAGE,
      prompt_tokens: undefined,
      total_tokens: undefined,
      prompt_tokens_details: { text_tokens: 100, image_tokens: 0, cached_tokens: 20 },
    },
  ],
  [
    'with details under the other names',
    {
      ...RESPONSE_USAGE,
      input_tokens_details: null,
      output_tokens_details: null,
      prompt_tokens_details: { cached_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 30 },
    },
  ],
])('counts are taken %s', async (_, usage) => {
  expect(await row(chatWith(usage))).toMatchObject(COMPUTED)
})

const ZEROS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost_in_usd_ticks: 0 }

test.each([
  ['zeros', [usageChunk(USAGE), usageChunk(ZEROS)]],
  ['a zero of one part', [usageChunk(USAGE), usageChunk({ ...USAGE, completion_tokens: 0 })]],
  ['a gap', [usageChunk(USAGE), usageChunk({ prompt_tokens: 100 })]],
  ['nothing', [usageChunk(USAGE), usageChunk({})]],
  ['null', [usageChunk(USAGE), usageChunk(null)]],
])('%s behind a real usage erases nothing', async (_, last) => {
  const sent = [chunk({ content: 'Hello' }), lastChunk, ...last, '[DONE]']
  expect(await row(stream(events(sent)), STREAMED)).toMatchObject({
    ...COMPUTED,
    outcome: 'complete',
  })
})

const started = (usage: object) => ({
  type: 'message_start',
  message: { ...ANTHROPIC, content: [], stop_reason: null, usage },
})
const delta = (usage?: object): { type: string } =>
  ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }) as { type: string }
const START = { input_tokens: 80, cache_read_input_tokens: 20, output_tokens: 1 }

test.each([
  ['a zero', [started(START), delta({ input_tokens: 0, output_tokens: 40 })]],
  [
    'zeros',
    [started(START), delta({ input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 40 })],
  ],
  ['a repeat', [started(START), delta({ ...START, output_tokens: 40 })]],
  ['less', [started(START), delta({ output_tokens: 40 })]],
  [
    'the cached ones alone',
    [started({ input_tokens: 80 }), delta({ cache_read_input_tokens: 20, output_tokens: 40 })],
  ],
  ['everything', [started({}), delta({ ...START, output_tokens: 40 })]],
  ['nothing any more', [started(START), delta({ output_tokens: 40 }), delta(), delta({})]],
  [
    'what went into the cache',
    [
      started({ ...START, input_tokens: 50 }),
      delta({ cache_creation_input_tokens: 30, output_tokens: 40 }),
    ],
  ],
  [
    'it by its lifetime',
    [
      started({ ...START, input_tokens: 50 }),
      delta({
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        output_tokens: 40,
      }),
    ],
  ],
])('the usage of messages is put together where the last event says %s', async (_, sent) => {
  const reply = stream(typedEvents([...sent, { type: 'message_stop' }]))
  const body = { model: 'grok-4.3', max_tokens: 9, messages: [], stream: true }
  expect(await row(reply, body, 'messages')).toMatchObject({
    costBasis: 'computed',
    costTicks: TICKS,
    inputTokens: 100,
    cachedTokens: 20,
    outputTokens: 40,
    outcome: 'complete',
  })
})

test('a plain response that failed with its usage is billed, as a streamed one is', async () => {
  const failed = { ...RESPONSE, status: 'failed', output: [], usage: RESPONSE_USAGE }
  const error = { code: 'server_error', message: 'Oh' }
  const expected = { ...COMPUTED, outcome: 'upstream_error', errorText: 'Oh' }
  expect(await row(json({ ...failed, error }), base, 'responses')).toMatchObject(expected)
  const streamed = stream(
    typedEvents([...RESPONSE_EVENTS, terminal('failed', { usage: RESPONSE_USAGE, error })]),
  )
  expect(await row(streamed, { ...base, stream: true }, 'responses')).toMatchObject(expected)
})

test.each([
  [
    'content but no usage',
    answerWith(undefined, { error: 'too slow' }),
    'upstream_error',
    'unknown',
  ],
  ['usage', { error: 'too slow', usage: USAGE }, 'upstream_error', 'computed'],
  ['usage of nothing', { error: 'too slow', usage: ZEROS }, 'upstream_refused', 'none'],
  ['no content', { error: 'too slow', choices: [] }, 'upstream_refused', 'none'],
  ['content, and an error of nothing', answerWith(USAGE, { error: {} }), 'complete', 'computed'],
  ['content, and no error', answerWith(USAGE, { error: null }), 'complete', 'computed'],
])('a 200 with an error and %s', async (_, body, outcome, costBasis) => {
  expect(await row(json(body))).toMatchObject({ status: 200, outcome, costBasis })
})

test('a response that is cancelled has the bill that xAI gives it', async () => {
  const usage = { ...RESPONSE_USAGE, cost_in_usd_ticks: TICKS }
  const reply = stream(typedEvents([...RESPONSE_EVENTS, terminal('cancelled', { usage })]))
  expect(await row(reply, { ...base, stream: true }, 'responses')).toMatchObject({
    ...REPORTED,
    outcome: 'complete',
  })
})

const BOM = '\uFEFF'
const PADDING = { padding: 'x'.repeat(70_000) }

test.each([
  [
    'a stream',
    stream([BOM, ...events([chunk({ content: 'Hi' }, { usage: USAGE }), lastChunk])]),
    STREAMED,
  ],
  [
    'a stream, cut within it',
    stream([new Uint8Array([0xef, 0xbb]), new Uint8Array([0xbf]), ...events([usageChunk(USAGE)])]),
    STREAMED,
  ],
  [
    'a small answer',
    bytes(new TextEncoder().encode(BOM + JSON.stringify(answerWith(USAGE))), 'application/json'),
    CHAT,
  ],
  [
    'a large answer',
    bytes(
      new TextEncoder().encode(BOM + JSON.stringify(answerWith(USAGE, PADDING))),
      'application/json',
    ),
    CHAT,
  ],
])('a byte order mark before %s loses nothing of it', async (_, reply, body) => {
  expect(await row(reply, body)).toMatchObject(COMPUTED)
})

test.each([
  ['no citations', { citations: [] }],
  ['null for citations', { citations: null, output_files: null }],
  ['no files', { output_files: [] }],
  ['no choices at all', { choices: undefined }],
  ['null for an error', { error: null }],
])('the usage-only event is hidden also with %s', async (_, more) => {
  const shown = events([chunk({ content: 'Hello' }), lastChunk])
  const hidden = events([usageChunk(USAGE, more)])
  const reply = stream([...shown, ...hidden, ...events(['[DONE]'])])
  const answered = await chat(account, { reply, body: STREAMED })
  expect(await answered.text()).toBe([...shown, ...events(['[DONE]'])].join(''))
  expect(await rowOf(account, answered)).toMatchObject(COMPUTED)
})

test.each([
  ['tokens', { ...USAGE, prompt_tokens: 1e300 }],
  ['tokens that are no number of them', { ...USAGE, completion_tokens: -4 }],
  ['tokens near 2^53', { ...USAGE, completion_tokens: 2 ** 53 - 1, total_tokens: 2 ** 53 }],
  ['reasoning', { ...USAGE, completion_tokens_details: { reasoning_tokens: 9e15 } }],
])('absurd %s make a cost that is not known', async (_, usage) => {
  const unknown = { costBasis: 'unknown', costTicks: null, inputTokens: null, outputTokens: null }
  expect(await row(chatWith(usage))).toMatchObject({ ...unknown, outcome: 'complete' })
  const sent = events([chunk({ content: 'Hello' }), lastChunk, usageChunk(usage), '[DONE]'])
  expect(await row(stream(sent), STREAMED)).toMatchObject({ ...unknown, outcome: 'complete' })
  // xAI's own bill is one all the same.
  const billed = chatWith({ ...usage, cost_in_usd_ticks: TICKS })
  expect(await row(billed)).toMatchObject({ costBasis: 'reported', costTicks: TICKS })
})

test.each([
  ['images/generations', { model: 'grok-imagine-image', prompt: 'x', n: 1e300 }],
  ['images/generations', { model: 'grok-imagine-image', prompt: 'x', n: 2 ** 53 - 1 }],
  ['images/generations', { model: 'grok-imagine-image', prompt: 'x', n: 2.5 }],
])('an absurd number of %s has no price', async (endpoint, body) => {
  expect(await row(json({ data: [{ url: 'u' }] }), body, endpoint)).toMatchObject({
    outcome: 'complete',
    costBasis: 'unknown',
    costTicks: null,
  })
})

test.each([
  ['stt', { text: 'Hello', duration: 1e300 }],
  ['stt', { text: 'Hello', duration: -1 }],
])('an absurd length of %s has no price', async (endpoint, answer) => {
  expect(await row(json(answer), {}, endpoint)).toMatchObject({
    costBasis: 'unknown',
    costTicks: null,
  })
})

test('the tokens of a message that was cut before it said its output are still known', async () => {
  const [start, ...rest] = ANTHROPIC_EVENTS
  const begun = { ...start, ...started({ input_tokens: 80, cache_read_input_tokens: 20 }) }
  const reply = stream(typedEvents([begun, ...rest.slice(0, 4)]), { ending: 'cut' })
  const body = { model: 'grok-4.3', max_tokens: 9, messages: [], stream: true }
  expect(await row(reply, body, 'messages')).toMatchObject({
    costBasis: 'estimated',
    inputTokens: 100,
    cachedTokens: 20,
    outputTokens: 2,
  })
})

const MESSAGE = { model: 'grok-4.3', max_tokens: 9, messages: [], stream: true }
const words = (count: number): { type: string }[] =>
  Array.from({ length: count }, () => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'word ' },
  }))

test('the output that a message told at its start is not what it wrote in the end', async () => {
  const told = started({ input_tokens: 80, cache_read_input_tokens: 20, output_tokens: 1 })
  const silent = stream(typedEvents([told, ...words(40), delta(), { type: 'message_stop' }]))
  expect(await row(silent, MESSAGE, 'messages')).toMatchObject({
    outcome: 'complete',
    costBasis: 'estimated',
    inputTokens: 100,
    outputTokens: 40,
  })
  // Where no more has passed, it is.
  const all = started({ input_tokens: 80, cache_read_input_tokens: 20, output_tokens: 40 })
  const short = stream(typedEvents([all, ...words(3), delta({}), { type: 'message_stop' }]))
  expect(await row(short, MESSAGE, 'messages')).toMatchObject({
    costBasis: 'computed',
    costTicks: TICKS,
  })
})

test('an error that says what was used is billed by that', async () => {
  const error = { error: { message: 'Oh' }, usage: { ...USAGE, cost_in_usd_ticks: TICKS } }
  expect(await row(stream(events([chunk({ content: 'a' }), error])), STREAMED)).toMatchObject({
    outcome: 'upstream_error',
    ...REPORTED,
  })
  const failed = {
    type: 'error',
    error: { type: 'overloaded_error', message: 'Oh' },
    usage: { output_tokens: 40 },
  }
  const told = started({ input_tokens: 80, cache_read_input_tokens: 20 })
  const reply = stream(typedEvents([told, ...words(2), failed]))
  expect(await row(reply, MESSAGE, 'messages')).toMatchObject({
    outcome: 'upstream_error',
    inputTokens: 100,
    outputTokens: 40,
  })
})

test('a prompt of 0 beside what came from the cache was all in the cache', async () => {
  const usage = {
    prompt_tokens: 0,
    completion_tokens: 10,
    prompt_tokens_details: { cached_tokens: 1_000 },
  }
  expect(await row(chatWith(usage))).toMatchObject({
    costBasis: 'computed',
    inputTokens: 1_000,
    cachedTokens: 1_000,
    outputTokens: 10,
  })
})

test('images that are here are not deferred, however large, whatever name they have', async () => {
  const body = { model: 'grok-imagine-image', prompt: 'x' }
  const large = { data: [{ b64_json: 'x'.repeat(100_000) }], request_id: 'r' }
  expect(await row(json(large), body, 'images/generations')).toMatchObject({
    costBasis: 'computed',
    responseId: null,
  })
})

test.each([
  ['JSON with its times', json({ audio: 'AAAA', timestamps: [] })],
  ['events', stream(events([{ type: 'audio.delta', delta: 'AAAA' }, { type: 'audio.done' }]))],
])('sound in %s is billed by the text', async (_, reply) => {
  expect(await row(reply, { text: 'Hello', voice_id: 'eve', language: 'en' }, 'tts')).toMatchObject(
    {
      costBasis: 'computed',
      costTicks: 5 * 150_000,
    },
  )
})
