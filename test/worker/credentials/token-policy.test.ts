// What a token may do, by what people have set for it: through the API, and at the proxy's door.
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { isWithin, rangeOf } from '../../../src/credentials/policy/addresses.ts'
import { matchesAny } from '../../../src/credentials/policy/glob.ts'
import { HOUR_MS } from '../../../src/http/time.ts'
import { script } from '../../xai/client.ts'
import { json } from '../../xai/reply.ts'
import {
  api,
  chat,
  fetchWorker,
  makeAccount,
  memberOf,
  rowOf,
  xaiUrl,
  type Account,
} from '../world.ts'
import { tokensOf } from './tokens.ts'

const BASE = '/api/proxy/grok/v1/'
const { owner, tokenWith, set } = await tokensOf()

interface Refused {
  status: number
  code: string
  message: string
}

/** Also that the refusal has a row, and that xAI has heard nothing. */
async function refusalOf(response: Response): Promise<Refused> {
  const { error } = await response.clone().json<{ error: { code: string; message: string } }>()
  const row = await rowOf(owner, response)
  expect(row).toMatchObject({ outcome: 'refused', errorCode: error.code, costBasis: 'none' })
  return { status: response.status, ...error }
}

test('a token has every limit in JSON, and limits nothing but its scope at first', async () => {
  const created = await (await api(owner, 'POST', '/tokens', { name: 'plain' })).json()
  const free = { expiresAt: null, disabled: false, models: null, endpoints: null, addresses: null }
  expect(created).toMatchObject({ scope: 'inference', formerValidUntil: null, ...free })
  const { tokens } = await (
    await api(owner, 'GET', '/tokens')
  ).json<{ tokens: { name: string }[] }>()
  expect(tokens.find(({ name }) => name === 'plain')).toMatchObject(free)
})

test('an expired token is refused, and works again once it is extended', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString()
    const token = await tokenWith({ expiresAt })
    expect((await chat(token)).status).toBe(200)
    vi.setSystemTime(Date.now() + HOUR_MS)
    expect(await refusalOf(await chat(token))).toMatchObject({
      status: 401,
      code: 'expired_api_key',
      message: expect.stringContaining(expiresAt),
    })
    await set(token, { expiresAt: null })
    expect((await chat(token)).status).toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test('a disabled token is refused until it is enabled', async () => {
  const token = await tokenWith({})
  expect((await set(token, { disabled: true })).status).toBe(200)
  expect(await refusalOf(await chat(token))).toMatchObject({
    status: 401,
    code: 'disabled_api_key',
  })
  await set(token, { disabled: false })
  expect((await chat(token)).status).toBe(200)
})

const ask = async (
  token: Account,
  path: string,
  body: BodyInit | object,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetchWorker(`${BASE}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token.token}`,
      'content-type': 'application/json',
      'x-grok-conv-id': await script(xaiUrl, json({ id: 'x' })),
      ...headers,
    },
    body: typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body),
  })

const MESSAGES = [{ role: 'user', content: 'Hello' }]

test.each([
  ['the requested model', 'chat/completions', { model: 'grok-4.3', messages: MESSAGES }],
  ['an escaped name', 'responses', '{"mod\\u0065l":"grok-4.3","input":"Hi"}'],
  ['the model that xAI would choose', 'images/generations', { prompt: 'a hill' }],
  ['a model that is no text', 'images/generations', { prompt: 'a hill', model: 4 }],
  [
    'a model within a batch',
    'batches/b-1/requests',
    { batch_requests: [{ batch_request: { chat_get_completion: { model: 'grok-4.3' } } }] },
  ],
  ['a model of another case', 'embeddings', { model: 'GROK-3-MINI', input: 'x' }],
  [
    'a batch with its requests',
    'batches',
    { batch_requests: [{ image_generation: { model: 'grok-imagine-image' } }] },
  ],
  [
    'what xAI would choose in a batch',
    'batches/b-1/requests',
    { batch_requests: [{ image_generation: { prompt: 'a hill' } }] },
  ],
  [
    'what a note of the caller names',
    'batches/b-1/requests',
    { batch_requests: [{ metadata: { model: 'grok-3-mini' } }] },
  ],
  ['the model of a batch’s file', 'batches', { name: 'b', input_file_id: 'file-1' }],
  ['a model to count tokens with', 'tokenize-text', { model: 'grok-4.3', text: 'Hi' }],
])('a token for some models may not use %s', async (_, path, body) => {
  const token = await tokenWith({ models: ['grok-3-mini*', 'v*-large'] })
  const refused = await refusalOf(await ask(token, path, body))
  expect(refused).toMatchObject({ status: 403, code: 'model_not_allowed' })
  expect(refused.message).toContain('grok-3-mini*, v*-large')
})

test.each([
  ['grok-3-mini', 'grok-4.3'],
  ['grok-4.3', 'grok-3-mini'],
])(
  'a body that names two models is refused: nobody knows which xAI takes, %s or %s',
  async (...models) => {
    const token = await tokenWith({ models: ['grok-3-mini*'] })
    const [first, last] = models
    const body = `{"model":"${first}","messages":[],"model":"${last}"}`
    const refused = await refusalOf(await ask(token, 'chat/completions', body))
    expect(refused).toMatchObject({ status: 400, code: 'invalid_field' })
  },
)

test('a header that overrides the model counts as a model', async () => {
  const token = await tokenWith({ models: ['grok-3-mini*'] })
  const body = { model: 'grok-3-mini', messages: MESSAGES }
  const refused = await ask(token, 'chat/completions', body, {
    'x-grok-model-override': 'grok-4.3',
  })
  expect(await refusalOf(refused)).toMatchObject({ status: 403, code: 'model_not_allowed' })
})

test('secrets that may use any model are not given for a token that may not', async () => {
  await env.DB.prepare('UPDATE accounts SET client_secrets = 1 WHERE id = ?1')
    .bind((await memberOf(owner)).accountId)
    .run()
  const [limited, free] = [await tokenWith({ models: ['grok-3-mini*'] }), await tokenWith({})]
  const refused = await ask(limited, 'realtime/client_secrets', {})
  expect(await refusalOf(refused)).toMatchObject({ status: 403, code: 'model_not_allowed' })
  expect((await ask(free, 'realtime/client_secrets', {})).status).toBe(200)
})

test('a body in chunks is read like any other', async () => {
  const token = await tokenWith({ models: ['grok-3-mini*'] })
  const chunks = (text: string): ReadableStream =>
    new Blob([text]).stream().pipeThrough(new TransformStream())
  const path = 'batches/b-1/requests'
  const items = (model: string): string =>
    JSON.stringify({ batch_requests: [{ chat_get_completion: { model } }] })
  expect((await ask(token, path, chunks(items('grok-3-mini')))).status).toBe(200)
  expect((await ask(token, path, chunks(items('grok-4.3')))).status).toBe(403)
  expect((await ask(token, path, chunks('{"batch_requests":'))).status).toBe(400)
})

test('a token for some models may use those, and what has no model', async () => {
  const token = await tokenWith({ models: ['grok-3-mini*'] })
  const allowed = { model: 'grok-3-mini-fast', messages: MESSAGES }
  expect((await ask(token, 'chat/completions', allowed)).status).toBe(200)
  expect((await ask(token, 'tts', { text: 'Hello' })).status).toBe(200)
  expect((await ask(token, 'batches', { name: 'b' })).status).toBe(200)
  const noted = { ...allowed, metadata: { model: 'T-Ford' } }
  expect((await ask(token, 'chat/completions', noted)).status).toBe(200)
  const item = { chat_get_completion: { model: 'grok-3-mini' }, metadata: { model: 'T-Ford' } }
  expect((await ask(token, 'batches/b-1/requests', { batch_requests: [item] })).status).toBe(200)
})

test('a body too large to be held is stopped before xAI has all of it', async () => {
  const token = await tokenWith({ models: ['grok-3-mini*'] })
  const big = (model: string, first: boolean): string => {
    const named = `"model":"${model}"`
    const messages = `"messages":[{"role":"user","content":"${'x'.repeat(1_500_000)}"}]`
    return `{${first ? `${named},${messages}` : `${messages},${named}`}}`
  }
  for (const first of [true, false]) {
    const refused = await ask(token, 'chat/completions', big('grok-4.3', first))
    expect(await refusalOf(refused)).toMatchObject({ status: 403, code: 'model_not_allowed' })
    const allowed = await ask(token, 'chat/completions', big('grok-3-mini', first))
    expect(allowed.status).toBe(200)
    await allowed.arrayBuffer()
  }
  const batch = { batch_requests: [{ model: 'grok-3-mini', pad: 'x'.repeat(1_500_000) }] }
  expect((await ask(token, 'batches/b-1/requests', batch)).status).toBe(413)
})

async function connect(token: Account, path: string): Promise<Response> {
  const headers = { upgrade: 'websocket', authorization: `Bearer ${token.token}` }
  return fetchWorker(`${BASE}${path}`, { headers })
}

async function talk(token: Account, path: string) {
  const { status, webSocket: socket } = await connect(token, path)
  expect([path, status]).toEqual([path, 101])
  const heard: string[] = []
  socket!.addEventListener('message', ({ data }) => void heard.push(String(data)))
  socket!.accept()
  return {
    heard,
    say: (event: object) => socket!.send(JSON.stringify(event)),
    close: () => socket!.close(1000),
  }
}

test('a WebSocket is for the models of its token, at its opening and in each event', async () => {
  const token = await tokenWith({ models: ['grok-3-mini*'] })
  for (const path of [
    'realtime?model=grok-4.3',
    'realtime?model=grok-3-mini&model=grok-4.3',
    'realtime',
    'responses?model=grok-4.3',
  ])
    expect([path, (await connect(token, path)).status]).toEqual([path, 403])

  const refused = await talk(token, 'responses')
  refused.say({ type: 'response.create', model: 'grok-4.3', input: 'Hi' })
  refused.say({ type: 'response.create', input: 'Hi' })
  refused.say({ type: 'response.create', response: { model: 'grok-4.3' } })
  refused.say({ type: 'session.update', session: { model: 'grok-4.3' } })
  refused.say({ type: 'response.create', metadata: { model: 'grok-3-mini' } })
  await expect
    .poll(() => refused.heard.filter((text) => text.includes('model_not_allowed')))
    .toHaveLength(5)
  expect(refused.heard).toHaveLength(5)
  refused.close()

  // The model of the URL stands for requests that name none.
  const named = await talk(token, 'responses?model=grok-3-mini')
  named.say({ type: 'response.create', input: 'Hi' })
  await expect
    .poll(() => named.heard.some((text) => text.includes('response.completed')))
    .toBe(true)
  expect(named.heard.join()).not.toContain('model_not_allowed')
  named.close()
  // Sockets without models are open.
  for (const path of ['realtime?model=grok-3-mini', 'stt', 'tts', 'tts?model=grok-4.3'])
    (await talk(token, path)).close()
})

test('a token for some endpoints may use no other', async () => {
  const token = await tokenWith({ endpoints: ['chat/*', 'models*'] })
  expect((await chat(token)).status).toBe(200)
  const listed = await fetchWorker(`${BASE}models`, {
    headers: { authorization: `Bearer ${token.token}` },
  })
  expect(listed.status).not.toBe(403)
  const refused = await refusalOf(await ask(token, 'responses', { model: 'grok-4.3', input: 'x' }))
  expect(refused).toMatchObject({ status: 403, code: 'endpoint_not_allowed' })
})

test('a token for some addresses is refused from elsewhere, and where nobody says from where', async () => {
  const token = await tokenWith({ addresses: ['203.0.113.0/24', '2001:db8::7'] })
  const from = (address: string | null): Promise<Response> =>
    chat(token, { headers: address === null ? {} : { 'cf-connecting-ip': address } })
  for (const address of ['203.0.113.9', '2001:db8::7', '::ffff:203.0.113.9'])
    expect([address, (await from(address)).status]).toEqual([address, 200])
  for (const address of ['203.0.114.1', '2001:db8::8', 'nonsense', null])
    expect([address, await refusalOf(await from(address))]).toMatchObject([
      address,
      { status: 403, code: 'address_not_allowed' },
    ])
})

test('what a limit may not be is said, and nothing is changed', async () => {
  const token = await tokenWith({})
  for (const [changes, param] of [
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'soon' }, 'expiresAt'],
    [{ disabled: 'yes' }, 'disabled'],
    [{ models: 'grok*' }, 'models'],
    [{ models: [''] }, 'models'],
    [{ models: [] }, 'models'],
    [{ models: ['a\u0000'] }, 'models'],
    [{ models: ['x'.repeat(201)] }, 'models'],
    [{ endpoints: ['/v1/chat/completions'] }, 'endpoints'],
    [{ endpoints: ['no/such'] }, 'endpoints'],
    [{ addresses: ['203.0.113'] }, 'addresses'],
    [{ addresses: ['10.0.0.0/99'] }, 'addresses'],
    [{ scope: 'none' }, 'scope'],
    [{ colour: 'red' }, 'colour'],
    [{ name: ' ' }, 'name'],
  ] as const) {
    const refused = await set(token, changes)
    expect([changes, refused.status]).toEqual([changes, 400])
    const { error } = await refused.json<{ error: { param: string; message: string } }>()
    expect(error.param).toBe(param)
    expect(error.message).not.toMatch(/Invalid input|expected|Too big/)
  }
  for (const body of [{}, { graceHours: 169 }, { graceHours: 1.5 }, { graceHours: -1 }])
    expect((await api(owner, 'POST', `/tokens/${token.tokenId}/rotate`, body)).status).toBe(400)
  expect((await chat(token)).status).toBe(200)
  const stranger = await makeAccount()
  for (const path of [`/tokens/${token.tokenId}`, `/tokens/${token.tokenId}/rotate`])
    expect((await api(stranger, path.endsWith('rotate') ? 'POST' : 'PATCH', path, {})).status).toBe(
      404,
    )
})

test('patterns match as a whole, in any order of stars', () => {
  for (const [pattern, text, isMatch] of [
    ['grok-4', 'grok-4', true],
    ['grok-4', 'grok-4.3', false],
    ['grok-4*', 'grok-4', true],
    ['*fast', 'grok-4-fast', true],
    ['*fast', 'grok-4-fast-2', false],
    ['g*k*3', 'grok-4.3', true],
    ['g*k*3', 'gk', false],
    ['ab*ba', 'aba', false],
    ['**', '', true],
    ['', '', true],
    ['', 'x', false],
    ['a.c', 'abc', false],
  ] as const)
    expect([pattern, text, matchesAny([pattern], text)]).toEqual([pattern, text, isMatch])
})

test('ranges are CIDR of both families, and single addresses', () => {
  expect(rangeOf('203.0.113.7')).toBe('203.0.113.7/32')
  expect(rangeOf('2001:db8::7')).toBe('2001:db8::7/128')
  for (const text of ['', '10.0.0.0/33', 'example.com', '10.0.0.0/-1'])
    expect(rangeOf(text)).toBeNull()
  expect(isWithin(['0.0.0.0/0'], '198.51.100.1')).toBe(true)
  expect(isWithin(['0.0.0.0/0'], '2001:db8::1')).toBe(false)
  expect(isWithin(['::/0'], '198.51.100.1')).toBe(false)
})

test('a limit that KV has not heard of holds after the next look at D1', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const token = await tokenWith({})
    expect((await chat(token)).status).toBe(200)
    await env.DB.prepare('UPDATE tokens SET disabled = 1 WHERE id = ?1').bind(token.tokenId).run()
    vi.setSystemTime(Date.now() + 61_000)
    await expect.poll(async () => (await chat(token)).status).toBe(401)
  } finally {
    vi.useRealTimers()
  }
})
