import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from 'openai'
import { describe, expect, test } from 'vitest'
import { seenBy } from '../xai/client.ts'
import { CLOUDFLARE_520, ERROR_200, ERROR_CHUNK, ERRORS, UNPROCESSABLE } from '../xai/errors.ts'
import {
  PLAIN,
  STREAM_CHUNKS,
  STREAM_USAGE,
  TOOL_CHUNKS,
  TOOL_PLAIN,
  TOOL_USAGE,
} from '../xai/recordings.ts'
import { events, json, stream, text, type Reply } from '../xai/reply.ts'
import { rowOf } from './operator.ts'
import { openai, operator, token, ways, workerUrl, xaiUrl, XAI_KEY, type Way } from './world.ts'

const request = { model: 'grok-4.3', messages: [{ role: 'user' as const, content: 'Hello' }] }
const streamed = { ...request, stream: true as const }
const withUsage = { ...streamed, stream_options: { include_usage: true } }
const SENT = [...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']

/** What a caller can observe of a call, answer or error. */
async function observe(way: Way, call: (client: OpenAI) => Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call(openai(way)) }
  } catch (error) {
    const { name, message, status, code, type, param } = error as APIError
    return { class: (error as Error).constructor.name, name, message, status, code, type, param }
  }
}

async function collect(chunks: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

const plain = (client: OpenAI): Promise<unknown> => client.chat.completions.create(request)
const chunks = async (client: OpenAI): Promise<unknown> =>
  collect(await client.chat.completions.create(streamed))
const chunksWithUsage = async (client: OpenAI): Promise<unknown> =>
  collect(await client.chat.completions.create(withUsage))

/** Straight from xAI a caller who did not ask gets no usage, so that is what it is held against. */
const CASES: [
  name: string,
  reply: Reply | null,
  call: (client: OpenAI) => Promise<unknown>,
  direct?: Reply,
][] = [
  ['a plain answer', json(PLAIN), plain],
  ['a plain tool call', json(TOOL_PLAIN), plain],
  ['a packed answer', { ...json(PLAIN), gzip: true }, plain],
  ['a stream with usage', stream(events(SENT)), chunksWithUsage],
  [
    'a stream without usage',
    stream(events(SENT)),
    chunks,
    stream(events([...STREAM_CHUNKS, '[DONE]'])),
  ],
  [
    'a stream of a tool call',
    stream(events([...TOOL_CHUNKS, TOOL_USAGE, '[DONE]'])),
    chunksWithUsage,
  ],
  ['a stream in CRLF', stream(events(SENT, '\r\n')), chunksWithUsage],
  ['a stream without [DONE]', stream(events(SENT.slice(0, -1))), chunksWithUsage],
  [
    'the .stream() helper',
    stream(events(SENT)),
    (client) => client.chat.completions.stream(withUsage).finalChatCompletion(),
  ],
  [
    'the .stream() helper with a tool call',
    stream(events([...TOOL_CHUNKS, TOOL_USAGE, '[DONE]'])),
    (client) => client.chat.completions.stream(withUsage).finalMessage(),
  ],
  ['the models', null, async (client) => collect(await client.models.list())],
  ['one model', null, (client) => client.models.retrieve('grok-4.3')],
  ['an unknown model', null, (client) => client.models.retrieve('grok-nope')],
  ...Object.entries(ERRORS).map(
    ([name, [status, body]]) =>
      [`the error ${name}`, json(body, status), plain] as [string, Reply, typeof plain],
  ),
  ['an error in plain text', text(UNPROCESSABLE, 422), plain],
  ['an error in HTML', text(CLOUDFLARE_520, 520, 'text/html'), plain],
  ['a 200 that is an error', json(ERROR_200), plain],
  ['a 200 that is an error instead of a stream', json(ERROR_200), chunks],
  ['an error in mid-stream', stream(events([...STREAM_CHUNKS.slice(0, 2), ERROR_CHUNK])), chunks],
  ['a stream that is cut', stream(events(STREAM_CHUNKS.slice(0, 2)), { ending: 'cut' }), chunks],
]

test.each(CASES)(
  'the openai SDK sees the same through Metrion: %s',
  async (_, reply, call, directReply) => {
    const direct = await observe((await ways(directReply ?? reply)).direct, call)
    const { proxied } = await ways(reply)
    for (const [mode, way] of Object.entries(proxied)) {
      expect({ mode, ...((await observe(way, call)) as object) }).toEqual({
        mode,
        ...(direct as object),
      })
    }
  },
)

test('chunks arrive one by one, as xAI sends them', async () => {
  const { proxied } = await ways(stream(events(SENT), { gapMs: 150 }))
  const arrivals: number[] = []
  const answer = await openai(proxied['stored']!).chat.completions.create(withUsage)
  for await (const _ of answer) arrivals.push(performance.now())
  expect(arrivals).toHaveLength(4)
  const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]!)
  expect(Math.min(...gaps)).toBeGreaterThan(60)
})

test('an aborted stream: xAI is hung up on, the row is estimated', async () => {
  const many = Array.from({ length: 200 }, () => STREAM_CHUNKS[1])
  const { proxied } = await ways(stream(events(many), { gapMs: 20 }))
  const way = proxied['stored, /v1']!
  const { data: answer, response } = await openai(way)
    .chat.completions.create(streamed)
    .withResponse()
  let received = 0
  for await (const _ of answer) if (++received === 5) break
  answer.controller.abort()
  const row = await rowOf(operator, response.headers.get('x-metrion-request-id') ?? '')
  expect(row).toMatchObject({
    outcome: 'client_gone',
    status: 200,
    costBasis: 'estimated',
    streamed: true,
  })
  expect(row['outputTokens']).toBeGreaterThanOrEqual(5)
  const [seen] = await seenBy(xaiUrl, way.defaultHeaders['x-grok-conv-id'] ?? '')
  expect(seen?.hungUp).toBe(true)
})

test('a caller that hangs up before a late answer: xAI is hung up on, one row', async () => {
  const many = Array.from({ length: 100 }, () => STREAM_CHUNKS[1])
  const { proxied } = await ways(stream(events(many), { delayMs: 2_000, gapMs: 20 }))
  const way = proxied['stored']!
  const label = `late-${crypto.randomUUID()}`
  const client = openai({
    ...way,
    defaultHeaders: { ...way.defaultHeaders, 'x-metrion-user': label },
  })
  const caller = new AbortController()
  const asked = failure(client.chat.completions.create(streamed, { signal: caller.signal }))
  const id = way.defaultHeaders['x-grok-conv-id'] ?? ''
  // Not before xAI has it: a request that never reached the Worker has no row.
  await expect.poll(() => seenBy(xaiUrl, id)).toHaveLength(1)
  caller.abort()
  expect((await asked).message).toContain('aborted')
  const row = await untilRow(label)
  expect(row).toMatchObject({ outcome: 'client_gone', costBasis: 'estimated' })
  await expect.poll(async () => (await seenBy(xaiUrl, id))[0]?.hungUp).toBe(true)
})

async function untilRow(label: string): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 300; attempt++) {
    // By its label: the other files' requests come to the same account, by the dozen.
    const page = (await (await operator.call('GET', `/requests?requester=${label}`)).json()) as {
      requests: Record<string, unknown>[]
    }
    const [row] = page.requests
    if (row) return row
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no row labelled ${label}`)
}

async function failure(call: Promise<unknown>): Promise<APIError> {
  const reason: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  )
  if (reason instanceof APIError) return reason
  throw new Error(`it did not fail as an APIError: ${String(reason)}`)
}

describe('Metrion’s own refusals reach the SDK as its error classes', () => {
  const client = (apiKey: string, headers = {}): OpenAI =>
    openai({ baseURL: `${workerUrl}/api/proxy/grok`, apiKey, defaultHeaders: headers })
  test.each([
    [
      'an unknown token',
      client(`sk-metrion-${'0'.repeat(32)}`),
      AuthenticationError,
      'unknown or revoked',
    ],
    [
      'an xAI key alone',
      client(XAI_KEY),
      AuthenticationError,
      'the API key is not a Metrion token',
    ],
    [
      'swapped credentials',
      client(token, { 'x-metrion-token': XAI_KEY }),
      AuthenticationError,
      'swapped',
    ],
  ])('%s', async (_, sdk, errorClass, message) => {
    const error = await failure(sdk.chat.completions.create(request))
    expect(error).toBeInstanceOf(errorClass)
    expect(error.message).toContain(message)
    expect(error.code).toBe('invalid_token')
  })

  test('missing messages', async () => {
    const error = await failure(
      client(token).chat.completions.create({ model: 'grok-4.3' } as never),
    )
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'missing_field', param: 'messages' })
  })

  test('an endpoint that is not served', async () => {
    const error = await failure(
      client(token).audio.speech.create({ model: 'x', input: 'y', voice: 'z' }),
    )
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error.message).toContain('the nearest is POST /v1/tts')
  })
})
