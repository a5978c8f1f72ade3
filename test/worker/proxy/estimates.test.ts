import { expect, test } from 'vitest'
import { bytes, events, json, stream, text, typedEvents, type Reply } from '../../xai/reply.ts'
import { ANTHROPIC_EVENTS, RESPONSE, RESPONSE_EVENTS } from '../../xai/responses.ts'
import { chat, makeAccount, rowOf, type Account, type Row } from '../world.ts'
import { answerWith, chatWith, chunk } from './yardstick.ts'

const usage = (prompt: number): object => ({
  prompt_tokens: prompt,
  completion_tokens: 5,
  total_tokens: prompt + 5,
})
const prompt = (content: unknown, more: object = {}): object => ({
  model: 'grok-4.3',
  messages: [{ role: 'user', content }],
  ...more,
})
const CUT = stream(events([chunk({ content: 'Hi' })]), { ending: 'cut' })

async function ask(
  account: Account,
  body: object,
  reply: Reply,
  endpoint = 'chat/completions',
): Promise<Row> {
  const answered = await chat(account, { path: `/api/proxy/grok/${endpoint}`, reply, body })
  await answered.text().catch(() => null)
  return rowOf(account, answered)
}

/** What a prompt is estimated at, after these complete requests with their tokens. */
async function estimateAfter(
  known: readonly (readonly [body: object, inputTokens: number])[],
  body: object,
): Promise<number> {
  const account = await makeAccount()
  for (const [one, tokens] of known) await ask(account, one, chatWith(usage(tokens)))
  const row = await ask(account, { ...body, stream: true }, CUT)
  expect(row).toMatchObject({ costBasis: 'estimated', outcome: 'upstream_cut' })
  return Number(row['inputTokens'])
}

const hellos = [1, 2, 3].map((n) => [prompt(`Hello ${n}`), 200] as const)

test('one request whose tokens are not those of its text leads no estimate astray', async () => {
  const estimate = await estimateAfter([...hellos, [prompt('abc'), 150_000]], prompt('Hello'))
  expect(estimate).toBeGreaterThan(180)
  expect(estimate).toBeLessThan(220)
})

const picture = (part: object, words = 'What is this?'): object =>
  prompt([{ type: 'text', text: words }, part])

const OTHERS: [name: string, body: object][] = [
  ['images by address', picture({ type: 'image_url', image_url: { url: 'https://x.ai/a.png' } })],
  [
    'images inline',
    picture({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }),
  ],
  ['images of responses', picture({ type: 'input_image', image_url: 'https://x.ai/a.png' })],
  [
    'images of messages',
    picture({ type: 'image', source: { type: 'url', url: 'https://x.ai/a' } }),
  ],
  ['files', picture({ type: 'file', file: { file_id: 'file_1' } })],
  ['files of responses', picture({ type: 'input_file', file_id: 'file_1' })],
  ['documents', picture({ type: 'document', source: { type: 'file', file_id: 'file_1' } })],
  ['sound', picture({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })],
  ['a search', prompt('News?', { tools: [{ type: 'web_search' }] })],
  ['a search of another version', prompt('News?', { tools: [{ type: 'web_search_20260209' }] })],
  ['tools that xAI calls', prompt('News?', { tools: [{ type: 'mcp', server_url: 'https://x' }] })],
  ['a response before', prompt('On', { previous_response_id: 'r-0' })],
]

test.each(OTHERS)('requests with %s are not learned from', async (_, body) => {
  const known = [1_500, 2_500, 3_500, 4_500].map((tokens) => [body, tokens] as const)
  const estimate = await estimateAfter(known, prompt('word '.repeat(36_000)))
  expect(estimate).toBeGreaterThan(40_000)
  expect(estimate).toBeLessThan(50_000)
})

test('requests are not learned from where xAI says that it has read images or run tools', async () => {
  const account = await makeAccount()
  const seen = { ...usage(1_200), prompt_tokens_details: { text_tokens: 200, image_tokens: 1_000 } }
  const found = { ...usage(1_200), server_side_tool_usage_details: { web_search_calls: 2 } }
  for (const used of [seen, seen, found, found]) await ask(account, prompt('x'), chatWith(used))
  const row = await ask(account, { ...prompt('y'.repeat(4_000)), stream: true }, CUT)
  expect(Number(row['inputTokens'])).toBeLessThan(1_020)
})

test('functions of one’s own and JSON schemas are text like any other', async () => {
  const tools = [
    { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } },
  ]
  const known = [1, 2, 3].map((n) => [prompt(`Hello ${n}`, { tools }), 400] as const)
  const estimate = await estimateAfter(known, prompt('Hello 4', { tools }))
  expect(estimate).toBe(400)
})

test('an estimate is never more than a token a byte and what xAI may add', async () => {
  const known = [10, 2_000, 4_000, 6_000].map(
    (length) => [prompt('x'.repeat(length)), 1_000 + length] as const,
  )
  const estimate = await estimateAfter(known, prompt('x'.repeat(3_000)))
  expect(estimate).toBeLessThanOrEqual(3_020 + 1_024)
})

test('an estimate is never more than the model takes', async () => {
  const account = await makeAccount()
  const body = { ...prompt('word '.repeat(240_000)), model: 'grok-build-0.1', stream: true }
  expect(await ask(account, body, stream([], { ending: 'cut' }))).toMatchObject({
    costBasis: 'estimated',
    inputTokens: 256_000,
  })
})

test('a response that goes on from another one has read that one, too', async () => {
  const account = await makeAccount()
  const base = { model: 'grok-4.3', input: 'Hello' }
  const cut = stream(typedEvents(RESPONSE_EVENTS.slice(0, 12)), { ending: 'cut' })
  const alone = await ask(account, { ...base, stream: true }, cut, 'responses')
  const before = {
    ...RESPONSE,
    id: 'before',
    usage: { ...RESPONSE.usage, input_tokens: 5_000, total_tokens: 5_101 },
  }
  await ask(account, base, json(before), 'responses')
  const after = { ...base, previous_response_id: 'before', stream: true }
  const grown = await ask(account, after, cut, 'responses')
  const more = Number(grown['inputTokens']) - Number(alone['inputTokens'])
  // What it read and wrote, and the few bytes of its name.
  expect(more).toBeGreaterThanOrEqual(5_101)
  expect(more).toBeLessThan(5_120)
  // One that the ledger does not know adds nothing.
  const unknown = await ask(account, { ...after, previous_response_id: 'nobody' }, cut, 'responses')
  expect(Number(unknown['inputTokens'])).toBeLessThan(200)
})

const ARGUMENTS = JSON.stringify({ text: 'word '.repeat(877) })
const call = {
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'write', arguments: ARGUMENTS },
}

test.each([
  [
    'chat/completions, a tool call',
    'chat/completions',
    stream(events([chunk({ tool_calls: [call] })]), { ending: 'cut' }),
  ],
  [
    'chat/completions, a text',
    'chat/completions',
    stream(events([chunk({ content: ARGUMENTS })]), { ending: 'cut' }),
  ],
  [
    'chat/completions, reasoning',
    'chat/completions',
    stream(events([chunk({ reasoning_content: ARGUMENTS })]), { ending: 'cut' }),
  ],
  ['responses, a function', 'responses', cutEvents('response.function_call_arguments.delta')],
  ['responses, a tool', 'responses', cutEvents('response.custom_tool_call_input.delta')],
  ['responses, a text', 'responses', cutEvents('response.output_text.delta')],
  ['messages, a tool', 'messages', cutBlock({ type: 'input_json_delta', partial_json: ARGUMENTS })],
  ['messages, a text', 'messages', cutBlock({ type: 'text_delta', text: ARGUMENTS })],
  ['messages, thinking', 'messages', cutBlock({ type: 'thinking_delta', thinking: ARGUMENTS })],
])('one large delta is as many tokens as it is long: %s', async (_, endpoint, reply) => {
  expect(ARGUMENTS.length).toBeGreaterThan(4_390)
  const account = await makeAccount()
  const row = await ask(
    account,
    { ...prompt('Go'), input: 'Go', max_tokens: 9, stream: true },
    reply,
    endpoint,
  )
  expect(row['costBasis']).toBe('estimated')
  expect(Math.abs(Number(row['outputTokens']) - 1_100)).toBeLessThan(30)
})

const LARGE_TEXT = 'word '.repeat(20_000)

test.each([
  ['chat/completions', stream(events([chunk({ content: LARGE_TEXT })]), { ending: 'cut' })],
  ['responses', cutEvents('response.function_call_arguments.delta', LARGE_TEXT)],
  ['responses', cutEvents('response.output_text.delta', LARGE_TEXT)],
  ['messages', cutBlock({ type: 'text_delta', text: LARGE_TEXT })],
  ['messages', cutBlock({ type: 'input_json_delta', partial_json: LARGE_TEXT })],
])('a delta of 100 KB, too, is as many tokens as it is long: %s', async (endpoint, reply) => {
  const account = await makeAccount()
  const body = { ...prompt('Go'), input: 'Go', max_tokens: 9, stream: true }
  const row = await ask(account, body, reply, endpoint)
  expect(row['costBasis']).toBe('estimated')
  expect(Math.abs(Number(row['outputTokens']) - 25_000)).toBeLessThan(300)
})

test('a function in the older form of chat is as many tokens as it is long', async () => {
  const account = await makeAccount()
  const called = { function_call: { name: 'write', arguments: ARGUMENTS } }
  const reply = stream(events([chunk(called)]), { ending: 'cut' })
  const row = await ask(account, { ...prompt('Go'), stream: true }, reply)
  expect(Math.abs(Number(row['outputTokens']) - 1_100)).toBeLessThan(30)
})

const SEALED = 'x'.repeat(200_000)

test.each([
  ['a picture', 'responses', { item: { type: 'image_generation_call', result: SEALED } }],
  ['sealed reasoning', 'responses', { item: { type: 'reasoning', encrypted_content: SEALED } }],
  ['what a tool has found', 'responses', { item: { type: 'mcp_call', output: SEALED } }],
  [
    'what a search has found',
    'messages',
    { content_block: { type: 'web_search_tool_result', content: [{ text: SEALED }] } },
  ],
])('%s of 200 KB is nothing that the model has written', async (_, endpoint, event) => {
  const account = await makeAccount()
  const body = { ...prompt('Go'), input: 'Go', max_tokens: 9, stream: true }
  const type = endpoint === 'messages' ? 'content_block_start' : 'response.output_item.done'
  const begun = endpoint === 'messages' ? ANTHROPIC_EVENTS[0]! : RESPONSE_EVENTS[0]!
  const reply = stream(typedEvents([begun, { type, output_index: 0, ...event }]), { ending: 'cut' })
  const row = await ask(account, body, reply, endpoint)
  expect(row['costBasis']).toBe('estimated')
  expect(Number(row['outputTokens'])).toBeLessThan(10)
})

function cutEvents(type: string, delta = ARGUMENTS): Reply {
  return stream(typedEvents([RESPONSE_EVENTS[0]!, { type, delta } as { type: string }]), {
    ending: 'cut',
  })
}
function cutBlock(delta: object): Reply {
  const event = { type: 'content_block_delta', index: 0, delta }
  return stream(typedEvents([event]), { ending: 'cut' })
}

const LARGE = 'x'.repeat(70_000)

test.each([
  ['a page of HTML', text('<html>Please sign in</html>', 200, 'text/html')],
  ['a page of HTML that says it is JSON', text('<html></html>', 200, 'application/json')],
  ['a large page of HTML', text(`<html>${LARGE}</html>`, 200, 'text/html')],
  ['plain words', text('OK', 200)],
  ['nothing', { status: 200, headers: { 'content-type': 'application/json' } }],
  ['another object', json({ status: 'ok' })],
  ['a large other object', json({ status: 'ok', LARGE })],
  ['a list', json([answerWith(usage(9))])],
  ['a word in JSON', json('Hello')],
  ['null', json(null)],
  ['sound', bytes(new Uint8Array(3_000).fill(1), 'audio/mpeg')],
  ['a stream of something else', stream(events([{ hello: 1 }, { hello: 2 }]))],
  ['a stream of no JSON', stream(['data: <html>\n\n'])],
  ['a stream of something else that breaks off', stream(events([{ hello: 1 }]), { ending: 'cut' })],
])('a 200 with %s is no billed prompt', async (_, reply) => {
  const account = await makeAccount()
  const row = await ask(account, { ...prompt('Hello'), stream: true }, reply)
  expect(row).toMatchObject({
    status: 200,
    costBasis: 'unknown',
    costTicks: null,
    inputTokens: null,
    outputTokens: null,
  })
})

test.each([
  ['responses', { model: 'grok-4.3', input: 'Hello' }],
  ['messages', { model: 'grok-4.3', max_tokens: 9, messages: [] }],
  ['embeddings', { model: 'v1', input: 'Hello' }],
  ['images/generations', { model: 'grok-imagine-image', prompt: 'x' }],
  ['images/edits', { model: 'grok-imagine-image', prompt: 'x' }],
  ['videos/generations', { model: 'grok-imagine-video', prompt: 'x' }],
  ['documents/search', { query: 'x' }],
  ['tts', { text: 'Hello' }],
])('a 200 of %s that is no answer of its kind has no price', async (endpoint, body) => {
  const account = await makeAccount()
  const page = text('<html>Please sign in</html>', 200, 'text/html')
  const replies = [
    page,
    json({ hello: 1 }),
    // What others answer with.
    json({ status: 'ok' }),
    json({ [endpoint === 'documents/search' ? 'data' : 'results']: [] }),
    { status: 200, headers: { 'content-type': 'audio/mpeg' } },
    stream(events([{ hello: 1 }])),
  ]
  for (const reply of replies)
    expect(await ask(account, body, reply, endpoint)).toMatchObject({
      costBasis: 'unknown',
      costTicks: null,
      inputTokens: null,
    })
})
