import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { expect, test } from 'vitest'
import worker from '../../../src/index.ts'
import { seenBy, script } from '../../xai/client.ts'
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
import {
  CHAT,
  chat,
  envWith,
  makeAccount,
  ORIGIN,
  rowOf,
  rowsOf,
  xaiUrl,
  type Row,
} from '../world.ts'

const account = await makeAccount()
const STREAMED = { ...CHAT, model: 'grok-4-fast', stream: true }
const WITH_USAGE = { ...STREAMED, stream_options: { include_usage: true } }
const sent = [...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']
const hidden = [...STREAM_CHUNKS, '[DONE]']

const NOTHING_BILLED = {
  inputTokens: null,
  outputTokens: null,
  costTicks: null,
  costBasis: 'none',
  computedTicks: null,
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

const CASES: Case[] = [
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
    // "Hello" is two tokens at four bytes each; grok-4-fast is billed as grok-4.3 now.
    row: { status: 200, outcome: 'upstream_cut', costBasis: 'estimated', outputTokens: 2 },
  },
  {
    name: 'ended by xAI before it was whole',
    reply: stream(events(STREAM_CHUNKS.slice(0, 2))),
    body: STREAMED,
    answer: events(STREAM_CHUNKS.slice(0, 2)).join(''),
    row: { outcome: 'upstream_cut', costBasis: 'estimated', outputTokens: 2 },
  },
  {
    name: 'cut right after the usage',
    reply: stream(events([...STREAM_CHUNKS, STREAM_USAGE]), { ending: 'cut' }),
    body: STREAMED,
    answer: null,
    row: { outcome: 'upstream_cut', costBasis: 'reported', costTicks: 739_000 },
  },
]

test.each(CASES)('one row: $name', async ({ reply, body, answer, row }) => {
  const response = await chat(account, { reply, body })
  const expected = row['status'] ?? 200
  expect(response.status).toBe(expected)
  if (answer === null) await expect(readAll(response)).rejects.toThrow()
  else {
    const received = await response.text()
    if (answer !== undefined) expect(received).toBe(answer)
  }
  const written = await rowOf(account, response)
  expect(written).toMatchObject(row)
  expect(written).toMatchObject({ token: { id: account.tokenId, name: 'first' } })
})

test('unreachable xAI is a 502, and nothing is billed', async () => {
  const response = await withEnv({ XAI_BASE_URL: 'http://127.0.0.1:9' })
  expect(response.status).toBe(502)
  expect(await response.json()).toEqual({
    error: {
      message: 'Cannot reach xAI: no connection to 127.0.0.1:9; try again in a moment',
      type: 'api_error',
      param: null,
      code: 'upstream_unreachable',
    },
  })
  expect(await rowOf(account, response)).toMatchObject({
    status: 502,
    outcome: 'upstream_unreachable',
    ...NOTHING_BILLED,
    errorCode: 'upstream_unreachable',
    requestedModel: 'grok-4.3',
  })
})

test('silence beyond the limit is a 504, xAI is hung up on, and the prompt is estimated', async () => {
  const id = await script(xaiUrl, { ending: 'silence' })
  const response = await withEnv({ UPSTREAM_TIMEOUT_MS: '200' }, { 'x-grok-conv-id': id })
  expect(response.status).toBe(504)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(await response.json()).toMatchObject({
    error: { message: 'Cannot reach xAI: no answer within 0.2 s' },
  })
  expect(await rowOf(account, response)).toMatchObject({
    status: 504,
    outcome: 'upstream_timeout',
    costBasis: 'estimated',
    outputTokens: 0,
    firstByteMs: null,
  })
  expect(await hungUp(id)).toBe(true)
})

test('a caller gone before the first byte: xAI is hung up on, the row says 499', async () => {
  const fresh = await makeAccount()
  const id = await script(xaiUrl, { ending: 'silence' })
  const abort = new AbortController()
  const ctx = createExecutionContext()
  const pending = worker.fetch(
    request(fresh.token, { 'x-grok-conv-id': id }, CHAT, abort.signal),
    envWith({}),
    ctx,
  )
  await until(async () => (await seenBy(xaiUrl, id)).length === 1)
  abort.abort()
  await pending
  await waitOnExecutionContext(ctx)
  const [row] = await rowsOf(fresh, 1)
  expect(row).toMatchObject({
    status: 499,
    outcome: 'client_gone',
    costBasis: 'estimated',
    outputTokens: 0,
    firstByteMs: null,
  })
  expect(await hungUp(id)).toBe(true)
})

test.each([
  ['by its signal', (abort: AbortController) => abort.abort()],
  ['by its stream', (_: AbortController, body: ReadableStreamDefaultReader) => void body.cancel()],
])(
  'a caller gone in mid-stream (%s): xAI is hung up on, what passed is estimated',
  async (_, leave) => {
    const fresh = await makeAccount()
    const id = await script(
      xaiUrl,
      stream(events(Array.from({ length: 200 }, () => STREAM_CHUNKS[1])), { gapMs: 20 }),
    )
    const abort = new AbortController()
    const ctx = createExecutionContext()
    const response = await worker.fetch(
      request(fresh.token, { 'x-grok-conv-id': id }, STREAMED, abort.signal),
      envWith({}),
      ctx,
    )
    const body = response.body!.getReader()
    for (let read = 0; read < 3; read++) await body.read()
    leave(abort, body)
    await waitOnExecutionContext(ctx)
    const row = await rowOf(fresh, response)
    expect(row).toMatchObject({
      status: 200,
      outcome: 'client_gone',
      streamed: true,
      costBasis: 'estimated',
    })
    expect(row['outputTokens']).toBeGreaterThanOrEqual(3)
    expect(row['outputTokens']).toBeLessThan(100)
    expect(row['costTicks']).toBe(
      Number(row['inputTokens']) * 12_500 + Number(row['outputTokens']) * 25_000,
    )
    expect(await hungUp(id)).toBe(true)
  },
)

function request(
  token: string,
  headers: Record<string, string>,
  body: object,
  signal?: AbortSignal,
): Request<unknown, IncomingRequestCfProperties> {
  return new Request(`${ORIGIN}/api/proxy/grok/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  }) as Request<unknown, IncomingRequestCfProperties>
}

async function withEnv(
  changes: Parameters<typeof envWith>[0],
  headers: Record<string, string> = {},
): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await worker.fetch(request(account.token, headers, CHAT), envWith(changes), ctx)
  await waitOnExecutionContext(ctx)
  return response
}

async function readAll(response: Response): Promise<number> {
  const reader = response.body!.getReader()
  for (let size = 0; ;) {
    const read = await reader.read()
    if (read.done) return size
    size += read.value.length
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return
    await scheduler.wait(20)
  }
  throw new Error('it never came true')
}

async function hungUp(id: string): Promise<boolean> {
  await until(async () => (await seenBy(xaiUrl, id))[0]?.hungUp === true)
  return true
}
