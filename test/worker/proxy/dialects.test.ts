import { expect, test } from 'vitest'
import { PLAIN } from '../../xai/recordings.ts'
import { bytes, json, text } from '../../xai/reply.ts'
import { api, CHAT, chat, fetchWorker, makeAccount, rowOf, XAI_KEY } from '../world.ts'

const account = await makeAccount()

const post = (path: string, body: string, headers: Record<string, string>): Promise<Response> =>
  fetchWorker(`/api/proxy/grok/${path}`, { method: 'POST', headers, body })

const bearer = { authorization: `Bearer ${account.token}` }
const UNKNOWN = { 'x-api-key': `sk-metrion-${'0'.repeat(32)}` }

test.each([
  ['v1/messages', '{}', {}, 401, 'authentication_error', 'invalid_token'],
  ['v1/messages', '{}', UNKNOWN, 401, 'authentication_error', 'invalid_token'],
  ['v1/messages', '{"model"', bearer, 400, 'invalid_request_error', 'invalid_json'],
  ['messages', '{"model":"m"}', bearer, 400, 'invalid_request_error', 'missing_field'],
  ['v1/messages/count_tokens', '{}', bearer, 404, 'not_found_error', 'unknown_endpoint'],
  ['v1/complete', '{}', bearer, 403, 'permission_error', 'endpoint_refused'],
])('a refusal on %s of %s is in Anthropic’s shape', async (path, body, headers, ...expected) => {
  const [status, type, code] = expected
  const refused = await post(path, body, headers)
  expect(refused.status).toBe(status)
  expect(refused.headers.get('x-should-retry')).toBe('false')
  expect(await refused.json()).toEqual({
    type: 'error',
    error: { type, code, message: expect.stringMatching(/^Cannot /) },
  })
})

test('elsewhere it is in OpenAI’s', async () => {
  for (const path of ['v1/chat/completions', 'v1/responses', 'v1/models/messages/x'])
    expect(await (await post(path, '{}', {})).json()).toEqual({
      error: {
        message: expect.any(String),
        type: expect.any(String),
        param: null,
        code: expect.any(String),
      },
    })
})

test('multipart where xAI takes JSON is told so', async () => {
  const form = new FormData()
  form.set('image', new Blob([new Uint8Array(9)]), 'a.png')
  const refused = await fetchWorker('/api/proxy/grok/v1/images/edits', {
    method: 'POST',
    headers: bearer,
    body: form,
  })
  expect(refused.status).toBe(415)
  expect(await refused.json()).toMatchObject({
    error: {
      code: 'unsupported_media_type',
      message: expect.stringContaining('xAI takes JSON at images/edits'),
    },
  })
  expect(await rowOf(account, refused)).toMatchObject({ status: 415, outcome: 'refused' })
})

test.each([
  ['an answer', json(PLAIN)],
  ['a page of HTML', text('<script>alert(1)</script>', 200, 'text/html')],
  ['a refusal', text('<h1>520</h1>', 520, 'text/html')],
  ['sound', bytes(new Uint8Array(9), 'audio/mpeg')],
])('%s cannot run on the dashboard’s origin, nor be kept for somebody else', async (_, reply) => {
  const answered = await chat(account, { reply })
  await answered.text()
  expect(answered.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answered.headers.get('content-security-policy')).toBe('sandbox')
  expect(answered.headers.get('cache-control')).toBe('no-store')
})

test.each([
  ['public, max-age=60', 'private, max-age=60'],
  ['s-maxage=600', 'no-store'],
  ['max-age=60, s-maxage=600, immutable', 'private, max-age=60, immutable'],
  ['private, max-age=5', 'private, max-age=5'],
  ['no-store', 'no-store'],
])('cache-control %s becomes %s', async (said, kept) => {
  const answered = await chat(account, { reply: json(PLAIN, 200, { 'cache-control': said }) })
  await answered.text()
  expect(answered.headers.get('cache-control')).toBe(kept)
})

test('an API token is no xAI key to save', async () => {
  const key = `mk-metrion-${'0'.repeat(32)}`
  const refused = await api(account, 'PUT', '/provider-keys/grok', { key })
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('it is a token of Metrion')
})

test('both headers alike are one credential', async () => {
  const both = { ...bearer, 'x-api-key': account.token, 'content-type': 'application/json' }
  expect((await post('v1/chat/completions', JSON.stringify(CHAT), both)).status).toBe(200)
  const own = {
    authorization: `Bearer ${XAI_KEY}`,
    'x-api-key': XAI_KEY,
    'x-metrion-token': account.token,
  }
  const passed = await post('v1/chat/completions', JSON.stringify(CHAT), own)
  expect(passed.status).toBe(200)
  expect(await rowOf(account, passed)).toMatchObject({ mode: 'pass-through' })
})

test('a client that has lost its base path is told where xAI is, and that one of them cannot help it', async () => {
  for (const headers of [{}, { upgrade: 'websocket' }]) {
    const refused = await fetchWorker('/v1/realtime?model=grok-voice', { headers })
    expect(refused.status).toBe(404)
    const { error } = await refused.json<{ error: { code: string; message: string } }>()
    expect(error.code).toBe('base_path_missing')
    expect(error.message).toContain('below https://metrion.test/api/proxy/grok')
    expect(error.message).toContain('wss://metrion.test/api/proxy/grok/v1/realtime')
    expect(error.message).toContain('@ai-sdk/xai')
  }
})
