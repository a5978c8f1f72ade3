import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { seenBy } from '../../xai/client.ts'
import { api, CHAT, chat, fetchWorker, makeAccount, rowOf, XAI_KEY, xaiUrl } from '../world.ts'

const account = await makeAccount()
const UNKNOWN = `sk-metrion-${'0'.repeat(32)}`
const CHAT_PATH = '/api/proxy/grok/v1/chat/completions'

async function post(
  headers: Record<string, string>,
  body = JSON.stringify(CHAT),
  path = CHAT_PATH,
): Promise<Response> {
  return fetchWorker(path, {
    method: 'POST',
    headers: { 'x-grok-conv-id': 'refusals', ...headers },
    body,
  })
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

const CREDENTIALS: [
  name: string,
  headers: Record<string, string>,
  status: number,
  message: string,
][] = [
  ['no token', {}, 401, 'no token was sent'],
  ['an empty bearer', { authorization: 'Bearer ' }, 401, 'no token was sent'],
  [
    'a malformed token',
    bearer('sk-metrion-XYZ'),
    401,
    'authorization does not hold a Metrion token',
  ],
  [
    'a malformed x-api-key',
    { 'x-api-key': 'sk-metrion-XYZ' },
    401,
    'x-api-key does not hold a Metrion token',
  ],
  ['an unknown token', bearer(UNKNOWN), 401, 'this Metrion token is unknown or revoked'],
  ['an xAI key alone', bearer('xai-planted-secret'), 401, 'the API key is not a Metrion token'],
  [
    'two Metrion tokens',
    { ...bearer(UNKNOWN), 'x-metrion-token': UNKNOWN },
    401,
    'both the API key and x-metrion-token are Metrion tokens',
  ],
  [
    'swapped credentials',
    { ...bearer(UNKNOWN), 'x-metrion-token': 'xai-planted-secret' },
    401,
    'the two credentials are swapped',
  ],
  [
    'two Authorization headers',
    { authorization: `Bearer xai-planted-secret, Bearer ${UNKNOWN}`, 'x-metrion-token': UNKNOWN },
    401,
    'it has a comma or a space in it',
  ],
  [
    'a key with a space',
    { ...bearer('xai-planted secret'), 'x-metrion-token': UNKNOWN },
    401,
    'it has a comma or a space in it',
  ],
  [
    'an API token for a key',
    { ...bearer(`mk-metrion-${'0'.repeat(32)}`), 'x-metrion-token': UNKNOWN },
    401,
    'it is a token of Metrion',
  ],
  [
    'an API token as x-api-key',
    { 'x-api-key': `mk-metrion-${'0'.repeat(32)}`, 'x-metrion-token': UNKNOWN },
    401,
    'it is a token of Metrion',
  ],
  [
    'a key of one’s own beside a token as bearer',
    { ...bearer(UNKNOWN), 'x-api-key': 'xai-planted-secret' },
    401,
    'Authorization and x-api-key hold different ones',
  ],
  [
    'a token beside a key as bearer',
    { ...bearer('xai-planted-secret'), 'x-api-key': UNKNOWN },
    401,
    'Authorization and x-api-key hold different ones',
  ],
  [
    'a malformed x-metrion-token',
    { ...bearer('xai-planted-secret'), 'x-metrion-token': 'sk-metrion-1' },
    401,
    'x-metrion-token does not hold a Metrion token',
  ],
]

test.each(CREDENTIALS)('refuses %s without calling xAI', async (_, headers, status, message) => {
  const response = await post(headers)
  expect(response.status).toBe(status)
  expect(response.headers.get('x-should-retry')).toBe('false')
  const body = await response.text()
  expect(JSON.parse(body)).toEqual({
    error: {
      message: expect.stringContaining(message),
      type: 'authentication_error',
      param: null,
      code: 'invalid_token',
    },
  })
  expect(body).not.toContain('planted')
  expect(await seenBy(xaiUrl, 'refusals')).toEqual([])
})

const BODIES: [name: string, body: string, status: number, error: object][] = [
  ['an empty body', '', 400, { code: 'invalid_json', message: expect.stringContaining('empty') }],
  [
    'malformed JSON',
    '{"model": "grok-4.3",\n "messages" []}',
    400,
    {
      code: 'invalid_json',
      message: 'Cannot parse the body as JSON: expected ":" at line 2 column 13 (byte 34)',
    },
  ],
  [
    'JSON that ends too early',
    '{"model": "grok-4.3"',
    400,
    { code: 'invalid_json', message: expect.stringContaining('ends too early') },
  ],
  [
    'a list',
    '[]',
    400,
    { code: 'invalid_json', message: 'Cannot use the body: it must be a JSON object' },
  ],
  [
    'no model',
    '{"messages":[]}',
    400,
    {
      code: 'missing_field',
      param: 'model',
      message: expect.stringContaining('"model" is missing'),
    },
  ],
  [
    'options that are none',
    '{"model":"m","messages":[],"stream":true,"stream_options":[]}',
    400,
    { code: 'invalid_field', param: 'stream_options' },
  ],
  [
    'endless options',
    `{"model":"m","messages":[],"stream":true,"stream_options":{"x":"${'y'.repeat(70_000)}"}}`,
    400,
    { code: 'invalid_field' },
  ],
  ['no messages', '{"model":"grok-4.3"}', 400, { code: 'missing_field', param: 'messages' }],
]

test.each(BODIES)(
  'refuses %s without calling xAI, and remembers it',
  async (_, body, status, error) => {
    const response = await post(bearer(account.token), body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', ...error },
    })
    expect(await seenBy(xaiUrl, 'refusals')).toEqual([])
    expect(await rowOf(account, response)).toMatchObject({
      status,
      outcome: 'refused',
      costBasis: 'none',
      costTicks: null,
    })
  },
)

const LARGE = `{"model":"grok-4.3","messages":[{"role":"user","content":"${'x'.repeat(3_000_000)}"}]`

test.each([
  ['malformed JSON', `${LARGE}, oops}`, 'expected a key in double quotes at line 1'],
  ['something behind it', `${LARGE}} {"model":"other"}`, 'something follows the value at line 1'],
  ['an early end', LARGE, 'the text ends too early'],
  ['no model', LARGE.replace('"model":"grok-4.3",', '') + '}', '"model" is missing'],
])(
  'finds %s in a large body while it streams, and xAI never gets a whole request',
  async (_, body, message) => {
    const id = `late-${crypto.randomUUID()}`
    const response = await post({ ...bearer(account.token), 'x-grok-conv-id': id }, body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining(message) },
    })
    expect(await rowOf(account, response)).toMatchObject({
      status: 400,
      outcome: 'refused',
      costBasis: 'none',
    })
    const whole = LARGE.length + '}'.length
    for (const seen of await seenBy(xaiUrl, id)) expect(seen.bodyBytes).toBeLessThan(whole)
  },
)

test('refuses an encoded body', async () => {
  const response = await post({ ...bearer(account.token), 'content-encoding': 'gzip' })
  expect(response.status).toBe(415)
  expect(await response.json()).toMatchObject({ error: { code: 'unsupported_encoding' } })
})

test('stored mode without a saved key says where to save one, and works right after', async () => {
  const fresh = await makeAccount({ key: null })
  const response = await chat(fresh)
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'provider_key_missing',
      message:
        'Cannot call xAI: this account has no xAI key saved; save one at https://metrion.test/integrate',
    },
  })
  expect(await rowOf(fresh, response)).toMatchObject({
    status: 401,
    outcome: 'refused',
    errorCode: 'provider_key_missing',
  })
  await api(fresh, 'PUT', '/provider-keys/grok', { key: XAI_KEY })
  expect((await chat(fresh)).status).toBe(200)
})

test('an unknown path names what is served, and a wrong method what is allowed', async () => {
  const unknown = await post(bearer(account.token), '{}', '/api/proxy/grok/v1/audio/speech')
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({
    error: {
      code: 'unknown_endpoint',
      message: expect.stringMatching(/POST \/v1\/audio\/speech.*POST \/v1\/tts/),
    },
  })
  const wrong = await fetchWorker(CHAT_PATH)
  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('allow')).toBe('POST')
  expect(await wrong.json()).toMatchObject({
    error: {
      code: 'method_not_allowed',
      message:
        'Cannot take GET here: use POST /v1/chat/completions. All: https://metrion.test/reference#endpoints',
    },
  })
})

test.each([
  '/models/..%2Fapi-key',
  '/models/a%2Fb',
  '/models/a/b',
  '/models/',
  '/chat/completions/',
  '//chat/completions/x',
])('does not let %s mean another endpoint of xAI', async (path) => {
  const response = await fetchWorker(`/api/proxy/grok${path}`, {
    headers: { ...bearer(account.token), 'x-grok-conv-id': 'confusion' },
  })
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { code: 'unknown_endpoint' } })
  expect(await seenBy(xaiUrl, 'confusion')).toEqual([])
})

test('a wrong master key is a 503 that says what to do', async () => {
  const fresh = await makeAccount()
  await env.DB.prepare(`UPDATE provider_keys SET sealed = replace(sealed, 'm1.1.', 'm1.7.')`).run()
  const response = await chat(fresh)
  await env.DB.prepare(`UPDATE provider_keys SET sealed = replace(sealed, 'm1.7.', 'm1.1.')`).run()
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'master_key_wrong',
      message: expect.stringContaining('version "7", which MASTER_KEYS no longer holds'),
    },
  })
})
