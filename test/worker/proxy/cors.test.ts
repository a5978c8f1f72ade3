import { expect, test, vi } from 'vitest'
import { invalidateOrigins } from '../../../src/credentials/callers/origins-store.ts'
import {
  chatInit,
  envWith,
  envWithout,
  fetchIn,
  fetchWorker,
  makeAccount,
  ORIGIN,
  rowOf,
  type Account,
} from '../world.ts'

const PATH = '/api/proxy/grok/v1/chat/completions'
const APP = 'https://app.example.com'

async function allow(account: Account, allowedOrigins: string): Promise<Response> {
  const body = new URLSearchParams({ name: 'Pages', currency: 'USD', allowedOrigins })
  const headers = { cookie: account.cookie }
  return fetchWorker('/settings/account', { method: 'POST', headers, body, redirect: 'manual' })
}

const preflight = (origin: string): Promise<Response> =>
  fetchWorker(PATH, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-lang',
    },
  })

const call = (account: Account, origin: string): Promise<Response> =>
  fetchWorker(PATH, chatInit(account.token, undefined, { origin }))

test('no web page may call until its origin is allowed, and is told by which setting', async () => {
  const account = await makeAccount()
  const asked = await preflight('https://nobody.example.com')
  expect(asked.status).toBe(403)
  expect(await asked.text()).toMatch(/ALLOWED_ORIGINS.*\/settings/)
  const called = await call(account, 'https://nobody.example.com')
  expect(called.status).toBe(403)
  expect(called.headers.get('access-control-allow-origin')).toBeNull()
  expect(await called.text()).toContain('ALLOWED_ORIGINS')
  expect(await rowOf(account, called)).toMatchObject({ status: 403, outcome: 'refused' })
  // Programs that name no origin go on.
  expect((await fetchWorker(PATH, chatInit(account.token))).status).toBe(200)
  // And so do the pages of the deployment itself.
  expect((await call(account, ORIGIN)).status).toBe(200)
})

test('pages of an allowed origin call, and read the answer with its headers', async () => {
  const account = await makeAccount()
  expect((await allow(account, `${APP}\nhttps://other.example.com`)).status).toBe(303)
  const asked = await preflight(APP)
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-origin')).toBe(APP)
  expect(asked.headers.get('access-control-allow-methods')).toContain('POST')
  expect(asked.headers.get('access-control-allow-headers')).toContain('x-stainless-lang')
  expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
  const called = await call(account, APP)
  expect(called.status).toBe(200)
  expect(called.headers.get('access-control-allow-origin')).toBe(APP)
  expect(called.headers.get('vary')).toMatch(/origin/i)
  const exposed = called.headers.get('access-control-expose-headers')?.split(', ') ?? []
  const safe = ['content-type', 'content-length', 'cache-control', 'last-modified']
  for (const [name] of called.headers)
    if (/^(x-metrion|x-request|x-rate|x-metrics|server-timing)/.test(name))
      expect([...exposed, ...safe]).toContain(name)
  expect(exposed).toContain('x-metrion-request-id')
  // A page can read why it was refused, too.
  const wrong = await fetchWorker(PATH, chatInit('sk-metrion-wrong', undefined, { origin: APP }))
  expect([wrong.status, wrong.headers.get('access-control-allow-origin')]).toEqual([401, APP])
})

test('what one account allows, another does not', async () => {
  const [one, other] = [await makeAccount(), await makeAccount()]
  const origin = 'https://one.example.com'
  await allow(one, origin)
  expect((await call(one, origin)).status).toBe(200)
  expect((await call(other, origin)).status).toBe(403)
  // Exactly: neither another port nor a longer name.
  for (const near of [`${origin}:8443`, `${origin}.evil.example`, 'http://one.example.com'])
    expect((await call(one, near)).status).toBe(403)
  await allow(one, '')
  expect((await call(one, origin)).status).toBe(403)
  expect((await preflight(origin)).status).toBe(403)
})

test('a star allows every page, that of a file, too', async () => {
  const account = await makeAccount()
  await allow(account, '*')
  for (const origin of ['null', 'https://anything.example'])
    expect((await call(account, origin)).headers.get('access-control-allow-origin')).toBe(origin)
  await allow(account, '')
})

test.each(['app.example.com', 'https://app.example.com/chat', 'https://a b', 'javascript:x'])(
  'what is no origin is refused: %s',
  async (typed) => {
    const refused = await allow(await makeAccount(), typed)
    expect(refused.status).toBe(400)
    const page = await refused.text()
    expect(page).toContain('is no origin')
    expect(page).toContain(typed.split(' ')[0])
  },
)

const connect = async (
  account: Account,
  headers: Record<string, string>,
): Promise<{ status: number; taken: string | null }> => {
  const answered = await fetchWorker('/api/proxy/grok/v1/realtime?model=grok-voice', {
    headers: { upgrade: 'websocket', ...headers },
  })
  answered.webSocket?.accept()
  answered.webSocket?.close()
  const taken = answered.headers.get('sec-websocket-protocol')
  return { status: answered.status, taken: taken?.replace(account.token, 'TOKEN') ?? null }
}

test('a socket takes its token from the protocol that OpenAI’s clients send', async () => {
  const account = await makeAccount()
  const protocols = `realtime, openai-insecure-api-key.${account.token}, openai-beta.realtime-v1`
  expect(await connect(account, { 'sec-websocket-protocol': protocols })).toEqual({
    status: 101,
    taken: 'realtime',
  })
  const alone = `openai-insecure-api-key.${account.token}`
  expect((await connect(account, { 'sec-websocket-protocol': alone })).status).toBe(101)
  const foreign = { 'sec-websocket-protocol': alone, origin: 'https://nobody.example.com' }
  expect((await connect(account, foreign)).status).toBe(403)
  await allow(account, APP)
  expect((await connect(account, { ...foreign, origin: APP })).status).toBe(101)
})

test('what an account allows is known without D1, and a bug is told to the page', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const account = await makeAccount()
  const origin = 'https://known.example.com'
  await allow(account, origin)
  // The caller is remembered here, and the origins are not.
  await (await call(account, origin)).arrayBuffer()
  invalidateOrigins()
  const init = chatInit(account.token, undefined, { origin })
  const answered = await fetchIn(envWithout(['DB']), PATH, init)
  expect([answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([
    200,
    origin,
  ])
  invalidateOrigins()
  const asked = await fetchIn(envWithout(['DB']), PATH, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  })
  expect(asked.status).toBe(503)
  const broken = await fetchIn(envWith({ XAI_BASE_URL: 'nonsense' }), PATH, init)
  expect([broken.status, broken.headers.get('access-control-allow-origin')]).toEqual([500, origin])
  vi.restoreAllMocks()
})
