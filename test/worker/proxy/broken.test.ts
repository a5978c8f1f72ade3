import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import { EventTap } from '../../../src/metering/event-tap.ts'
import { ENDPOINTS } from '../../../src/xai/endpoints.ts'
import { script } from '../../xai/client.ts'
import { PLAIN, STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'
import { events, json, stream } from '../../xai/reply.ts'
import { CHAT, chat, chatInit, envWithout, fetchIn, makeAccount, rowOf, xaiUrl } from '../world.ts'

const account = await makeAccount()
const PATH = '/api/proxy/grok/v1/chat/completions'
const scripted = async (): Promise<RequestInit> =>
  chatInit(account.token, CHAT, { 'x-grok-conv-id': await script(xaiUrl, json(PLAIN)) })

afterEach(() => void vi.restoreAllMocks())

function breakTable(what: 'meter' | 'hiddenUsage'): void {
  vi.spyOn(ENDPOINTS['chat/completions'], what).mockImplementation(() => {
    throw new Error('a bug')
  })
}

test('a broken meter leaves a plain answer intact; the row is there and says unknown', async () => {
  breakTable('meter')
  const response = await chat(account, { reply: json(PLAIN) })
  expect(await response.json()).toEqual(PLAIN)
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'complete',
    costBasis: 'unknown',
    costTicks: null,
  })
})

test.each(['meter', 'hiddenUsage'] as const)('a broken %s leaves a stream intact', async (what) => {
  breakTable(what)
  const sent = events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]'])
  const response = await chat(account, { reply: stream(sent), body: { ...CHAT, stream: true } })
  expect(await response.text()).toBe(sent.join(''))
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'complete',
    costBasis: 'unknown',
  })
})

test('broken pricing leaves the answer intact and keeps the bill that xAI reported', async () => {
  vi.spyOn(Date, 'parse').mockImplementation(() => {
    throw new Error('a bug')
  })
  const response = await chat(account, { reply: json({ ...PLAIN, model: 'grok-4-fast' }) })
  expect(await response.json()).toMatchObject({ id: PLAIN.id })
  vi.restoreAllMocks()
  expect(await rowOf(account, response)).toMatchObject({
    costBasis: 'reported',
    costTicks: 1_176_500,
    computedTicks: null,
    savedTicks: null,
  })
})

test('a ledger that nobody takes leaves the answer intact, and the whole row goes to the log', async () => {
  await rowOf(account, await chat(account))
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const response = await fetchIn(
    envWithout(['LEDGER', 'LEDGER_QUEUE', 'TOKENS', 'ANALYTICS']),
    PATH,
    await scripted(),
  )
  expect(await response.json()).toEqual(PLAIN)
  const line = log.mock.calls.map(([first]) => String(first)).find((text) => text.startsWith('{'))
  expect(JSON.parse(line ?? 'null')).toMatchObject({
    event: 'ledger_row_not_written',
    entry: {
      v: 1,
      id: response.headers.get('x-metrion-request-id'),
      costTicks: 1_176_500,
      outcome: 'complete',
    },
  })
})

test(
  'a ledger that hangs leaves a stream intact, and the row comes by the queue',
  { timeout: 30_000 },
  async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const sent = events([...STREAM_CHUNKS, '[DONE]'])
    const id = await script(xaiUrl, stream(sent))
    const init = chatInit(account.token, { ...CHAT, stream: true }, { 'x-grok-conv-id': id })
    const response = await fetchIn(envWithout(['LEDGER'], 'hanging'), PATH, init)
    expect(await response.text()).toBe(sent.join(''))
    expect(await rowOf(account, response)).toMatchObject({ outcome: 'complete' })
  },
)

test('our own bug, once the caller is known, is a 500 whose id is that of the row', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(Headers.prototype, 'forEach').mockImplementationOnce(() => {
    throw new TypeError('planted words')
  })
  const response = await chat(account)
  const body = await response.json<{ error: { code: string; message: string } }>()
  const id = response.headers.get('x-metrion-request-id')
  expect(response.status).toBe(500)
  expect(body.error).toMatchObject({
    code: 'internal_error',
    message: expect.stringContaining(String(id)),
  })
  expect(JSON.stringify(body)).not.toContain('planted')
  expect(await rowOf(account, response)).toMatchObject({
    status: 500,
    outcome: 'refused',
    errorCode: 'internal_error',
  })
})

test.each(['failing', 'hanging'] as const)('with KV %s, D1 says who is calling', async (how) => {
  const fresh = await makeAccount()
  const response = await fetchIn(
    envWithout(['TOKENS'], how),
    PATH,
    chatInit(fresh.token),
    how === 'failing',
  )
  expect(response.status).toBe(200)
})

test('with D1 down, KV says who is calling', async () => {
  const fresh = await makeAccount()
  await env.TOKENS.put(
    `token:${await sha256(fresh.token)}`,
    JSON.stringify({ ...(await callerOf(fresh.tokenId)), checkedAtMs: Date.now() }),
  )
  const response = await fetchIn(envWithout(['DB']), PATH, chatInit(fresh.token))
  expect(response.status).toBe(200)
})

test('with both down, a 503 says so, and may be tried again', async () => {
  const fresh = await makeAccount()
  const response = await fetchIn(envWithout(['DB', 'TOKENS']), PATH, chatInit(fresh.token))
  expect(response.status).toBe(503)
  expect(response.headers.has('x-should-retry')).toBe(false)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'accounts_unavailable',
      message: 'Cannot look up the token: neither KV nor D1 answers; try again in a moment',
    },
  })
})

async function sha256(text: string): Promise<string> {
  return new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)),
  ).toHex()
}

async function callerOf(tokenId: string): Promise<object | null> {
  return env.DB.prepare(
    'SELECT t.account_id AS accountId, t.id AS tokenId, k.sealed AS sealedKey FROM tokens t JOIN provider_keys k USING (account_id) WHERE t.id = ?1',
  )
    .bind(tokenId)
    .first()
}

test('a relay that breaks has a row all the same', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(EventTap.prototype, 'retainCopy').mockImplementation(() => {
    throw new Error('a bug')
  })
  const sent = events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]'])
  const response = await chat(account, { reply: stream(sent), body: { ...CHAT, stream: true } })
  await response.text().catch(() => '')
  expect(await rowOf(account, response)).toMatchObject({
    status: 500,
    errorCode: 'internal_error',
  })
})
