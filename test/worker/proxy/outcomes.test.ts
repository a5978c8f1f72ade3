import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import worker from '../../../src/index.ts'
import { script, seenBy } from '../../xai/client.ts'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'
import { events, json, stream } from '../../xai/reply.ts'
import {
  CHAT,
  chat,
  envWith,
  fetchWorker,
  makeAccount,
  ORIGIN,
  rowOf,
  rowsOf,
  xaiUrl,
} from '../world.ts'
import { CASES, NOTHING_BILLED, STREAMED } from './outcome-cases.ts'

const account = await makeAccount()
const BIG = `{"model":"m","messages":["${'x'.repeat(1_200_000)}"]`

test.each(CASES)('one row: $name', async ({ reply, body, answer, row }) => {
  const points = vi.spyOn(env.ANALYTICS, 'writeDataPoint')
  const response = await chat(account, { reply, body })
  expect(response.status).toBe(row['status'] ?? 200)
  if (answer === null) {
    const sent = (reply.chunks ?? []).map(atob).join('')
    const visible = sent.replace(atob(btoa(events([STREAM_USAGE])[0]!)), '')
    expect(await readUntilCut(response)).toBe(visible)
  } else {
    const received = await response.text()
    if (answer !== undefined) expect(received).toBe(answer)
  }
  const written = await rowOf(account, response)
  expect(written).toMatchObject(row)
  expect(written).toMatchObject({ token: { id: account.tokenId, name: 'first' } })
  expect(Math.abs(Date.parse(String(written['at'])) - Date.now())).toBeLessThan(10_000)
  expect(written['totalMs']).toBeGreaterThanOrEqual(Number(written['firstByteMs']))
  if (!('firstByteMs' in row)) expect(written['firstByteMs']).not.toBeNull()
  expect(Object.keys(written).toSorted((a, b) => a.localeCompare(b))).toEqual(KEYS)
  expect(points.mock.calls.map(([point]) => point?.blobs?.[0])).toEqual([written['id']])
  points.mockRestore()
})

const KEYS =
  'at colo computedTicks cachedTokens costBasis costTicks costUsd countedTicks endpoint errorCode errorText firstByteMs id inputTokens mode model outcome outputTokens overheadMs reasoningTokens redirected requestedModel requester responseId savedTicks session status streamed tags times token toolCalls totalMs upstreamRequestId work'
    .split(' ')
    .toSorted((a, b) => a.localeCompare(b))

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

test('silence beyond the limit is a 504, and the prompt is estimated', async () => {
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
})

test('the row is handed to the runtime before xAI is asked, so that hanging up cannot cancel it', async () => {
  const id = await script(xaiUrl, { delayMs: 300, ...stream(events(['[DONE]'])) })
  const ctx = createExecutionContext()
  const handed = vi.spyOn(ctx, 'waitUntil')
  const pending = worker.fetch(
    request(account.token, { 'x-grok-conv-id': id }, CHAT),
    envWith({}),
    ctx,
  )
  await until(async () => (await seenBy(xaiUrl, id)).length === 1)
  expect(handed).toHaveBeenCalled()
  await (await pending).arrayBuffer()
  await waitOnExecutionContext(ctx)
})

test('a caller gone before xAI is asked: it is not asked', async () => {
  const fresh = await makeAccount()
  const ctx = createExecutionContext()
  await worker.fetch(
    request(fresh.token, { 'x-grok-conv-id': 'gone' }, CHAT, AbortSignal.abort()),
    envWith({}),
    ctx,
  )
  await waitOnExecutionContext(ctx)
  expect(await rowsOf(fresh, 1)).toMatchObject([{ status: 499, outcome: 'client_gone' }])
  expect(await seenBy(xaiUrl, 'gone')).toEqual([])
})

test('the limit is for the first byte: a stream may then take as long as it likes', async () => {
  const id = await script(
    xaiUrl,
    stream(events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]']), { gapMs: 120 }),
  )
  const response = await withEnv(
    { UPSTREAM_TIMEOUT_MS: '250' },
    { 'x-grok-conv-id': id },
    STREAMED,
    async (streamed) =>
      expect(await streamed.text()).toBe(events([...STREAM_CHUNKS, '[DONE]']).join('')),
  )
  expect(await rowOf(account, response)).toMatchObject({ outcome: 'complete', costTicks: 739_000 })
})

test('a status that cannot be passed on is a 502', async () => {
  const response = await chat(account, { reply: { ...json(PLAIN), status: 600 } })
  expect(response.status).toBe(502)
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'upstream_cut',
    errorCode: 'upstream_invalid',
  })
})

test('xAI breaking off after it took the request is not "unreachable"', async () => {
  const id = await script(xaiUrl, { delayMs: 1_200, headers: {}, chunks: [], ending: 'reset' })
  const response = await chat(account, { headers: { 'x-grok-conv-id': id } })
  expect(response.status).toBe(502)
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'upstream_cut',
    costBasis: 'estimated',
    errorCode: 'upstream_broke_off',
  })
})

test.each([
  ['space behind the brace, in packets', [`${BIG}}`, '\n', '\n', ' ']],
  [
    'endless space behind the brace',
    [`{"model":"m","messages":[]}`, ...Array.from({ length: 40 }, () => ' '.repeat(50_000))],
  ],
  ['a lone brace', [BIG, '}']],
  [
    'large options',
    [
      `${BIG},"stream_options":{"x":"`,
      ...Array.from({ length: 12 }, () => 'y'.repeat(5_000)),
      '"}',
      '}',
    ],
  ],
])('a large body is read to its end: %s', async (_, parts) => {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of parts) {
        controller.enqueue(encoder.encode(part))
        await scheduler.wait(5)
      }
      controller.close()
    },
  })
  const id = await script(xaiUrl, json(PLAIN))
  const response = await fetchWorker('/api/proxy/grok/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${account.token}`, 'x-grok-conv-id': id },
    body,
  })
  expect(await response.json()).toEqual(PLAIN)
  expect(await seenBy(xaiUrl, id)).toMatchObject([{ bodyWhole: true }])
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
  body: object = CHAT,
  read: (response: Response) => Promise<void> = async () => {},
): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await worker.fetch(request(account.token, headers, body), envWith(changes), ctx)
  await read(response)
  await waitOnExecutionContext(ctx)
  return response
}

/** What arrives before the connection breaks; it must break. */
async function readUntilCut(response: Response): Promise<string> {
  const reader = response.body!.getReader()
  const decoder = new TextDecoder('latin1')
  let text = ''
  try {
    for (;;) {
      const read = await reader.read()
      if (read.done) break
      text += decoder.decode(read.value)
    }
  } catch {
    return text
  }
  throw new Error('the answer ended as if it were whole')
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
