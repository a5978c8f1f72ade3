import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { readKeyCheck } from '../../../src/xai/check-key.ts'
import { SCHEMA_VERSION } from '../../../src/schema/version.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import {
  api,
  chat,
  envWith,
  envWithout,
  fetchIn,
  fetchWorker,
  invite,
  makeAccount,
  rowOf,
  rowsOf,
  signUp,
  XAI_KEY,
} from '../world.ts'

test('a one-time link lets in once, with a session that can be ended', async () => {
  const code = await invite()
  const first = await api(null, 'POST', '/session', { code, name: '  Ada  ' })
  expect(first.status).toBe(201)
  expect(await first.json()).toMatchObject({
    account: { name: 'Ada' },
    member: { name: 'Ada', role: 'owner' },
  })
  const setCookie = first.headers.get('set-cookie')!
  expect(setCookie).toMatch(
    /^__Host-metrion_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )

  const again = await api(null, 'POST', '/session', { code, name: 'Eve' })
  expect(again.status).toBe(401)
  expect(await again.json()).toMatchObject({ error: { code: 'invalid_code' } })
  expect(again.headers.has('set-cookie')).toBe(false)

  const account = { cookie: setCookie.split(';')[0]! }
  expect((await api(account, 'GET', '/tokens')).status).toBe(200)
  expect((await api(account, 'DELETE', '/session')).status).toBe(204)
  expect((await api(account, 'GET', '/tokens')).status).toBe(401)
})

test('two at the same moment: one gets in, and only one account is made', async () => {
  const code = await invite()
  const before = await env.DB.prepare('SELECT count(*) AS n FROM accounts').first<number>('n')
  const responses = await Promise.all(
    ['a', 'b', 'c'].map((name) => api(null, 'POST', '/session', { code, name })),
  )
  expect(
    responses.map((response) => response.status).filter((status) => status === 201),
  ).toHaveLength(1)
  expect(await env.DB.prepare('SELECT count(*) AS n FROM accounts').first<number>('n')).toBe(
    before! + 1,
  )
})

test('an expired link does not let in', async () => {
  expect(
    (await api(null, 'POST', '/session', { code: await invite(-1), name: 'Ada' })).status,
  ).toBe(401)
})

test('bad input names the parameter', async () => {
  const account = await signUp()
  const cases: [method: string, path: string, body: unknown, param: string][] = [
    ['POST', '/session', { name: 'Ada' }, 'code'],
    ['POST', '/session', { code: 'x', name: 'y'.repeat(101) }, 'name'],
    ['POST', '/session', { code: 'x', name: 'Ada', email: 'at home' }, 'email'],
    ['POST', '/tokens', {}, 'name'],
    ['POST', '/tokens', { name: 'x'.repeat(101) }, 'name'],
    ['PUT', '/provider-keys/grok', { key: 'with space here' }, 'key'],
    ['PUT', '/provider-keys/grok', { key: `sk-metrion-${'0'.repeat(32)}` }, 'key'],
    ['GET', '/requests?limit=0', undefined, 'limit'],
    ['GET', '/requests?limit=101', undefined, 'limit'],
    ['GET', '/requests?limit=ten', undefined, 'limit'],
    ['GET', '/requests?cursor=x', undefined, 'cursor'],
  ]
  for (const [method, path, body, param] of cases) {
    const response = await api(account, method, path, body)
    expect({ path, status: response.status }).toEqual({ path, status: 400 })
    expect(await response.json()).toMatchObject({ error: { param, code: 'invalid_parameter' } })
  }
  const broken = await fetchWorker('/api/v1/tokens', {
    method: 'POST',
    headers: account,
    body: '{',
  })
  expect(await broken.json()).toMatchObject({ error: { code: 'invalid_json' } })
})

test('unsafe methods are refused from other sites', async () => {
  const { cookie } = await signUp()
  const attempt = (headers: Record<string, string>): Promise<Response> =>
    fetchWorker('/api/v1/tokens', {
      method: 'POST',
      headers: { cookie, host: 'metrion.test', ...headers },
      body: '{"name":"t"}',
    })
  expect((await attempt({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await attempt({ 'sec-fetch-site': 'same-site' })).status).toBe(403)
  expect((await attempt({ origin: 'https://evil.test' })).status).toBe(403)
  expect((await attempt({ origin: 'null' })).status).toBe(403)
  expect((await attempt({ origin: 'https://metrion.test' })).status).toBe(201)
  expect((await attempt({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  expect((await attempt({})).status).toBe(201)
})

test('tokens: several, named, shown once; a revoked one stops at once', async () => {
  const account = await makeAccount()
  const second = await (
    await api(account, 'POST', '/tokens', { name: 'bot' })
  ).json<{ id: string; token: string }>()
  expect(second.token).toMatch(/^sk-metrion-[0-9a-f]{32}$/)
  expect((await chat({ ...account, token: second.token })).status).toBe(200)

  const listed = await (await api(account, 'GET', '/tokens')).text()
  expect(JSON.parse(listed)).toMatchObject({
    tokens: [{ name: 'first' }, { name: 'bot', lastFour: second.token.slice(-4), revokedAt: null }],
  })
  expect(listed).not.toContain(second.token)

  expect((await api(account, 'DELETE', `/tokens/${second.id}`)).status).toBe(204)
  const refused = await chat({ ...account, token: second.token })
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ error: { code: 'invalid_token' } })
  expect((await chat(account)).status).toBe(200)
})

test('provider keys: tried, saved, told by four characters, replaced, deleted', async () => {
  const account = await makeAccount({ key: null })
  expect((await api(account, 'GET', '/provider-keys/grok')).status).toBe(404)
  const refused = await api(account, 'PUT', '/provider-keys/grok', { key: 'xai-bad-key-planted' })
  expect(refused.status).toBe(400)
  const words = await refused.text()
  expect(words).toContain('Incorrect API key provided')
  expect(words).not.toContain('planted')
  expect((await api(account, 'GET', '/provider-keys/grok')).status).toBe(404)

  const saved = await (
    await api(account, 'PUT', '/provider-keys/grok', { key: ` ${XAI_KEY} ` })
  ).text()
  expect(JSON.parse(saved)).toMatchObject({
    provider: 'grok',
    lastFour: '1234',
    check: { result: 'accepted', status: 200 },
  })
  expect(saved).not.toContain('planted')
  expect((await chat(account)).status).toBe(200)

  expect((await api(account, 'DELETE', '/provider-keys/grok')).status).toBe(204)
  expect((await chat(account)).status).toBe(401)
  expect((await api(account, 'DELETE', '/provider-keys/grok')).status).toBe(404)
})

test('xAI being out of reach does not stop the saving', async () => {
  const account = await makeAccount({ key: null })
  const response = await fetchIn(
    envWith({ XAI_BASE_URL: 'http://127.0.0.1:9' }),
    '/api/v1/provider-keys/grok',
    {
      method: 'PUT',
      headers: { cookie: account.cookie },
      body: JSON.stringify({ key: XAI_KEY }),
    },
  )
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    lastFour: '1234',
    check: { result: 'unchecked', status: null },
  })
  expect((await chat(account)).status).toBe(200)
})

test('requests are listed newest first and page without gaps or repeats', async () => {
  const account = await makeAccount()
  const ids: (string | null)[] = []
  for (let index = 0; index < 5; index++) {
    const response = await chat(account)
    await response.arrayBuffer()
    await rowOf(account, response)
    ids.unshift(response.headers.get('x-metrion-request-id'))
  }
  const paged: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`
    const page = await (
      await api(account, 'GET', `/requests?limit=2${query}`)
    ).json<{ requests: { id: string }[]; nextCursor: string | null }>()
    paged.push(...page.requests.map((request) => request.id))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(paged).toEqual(ids)
})

test('nothing of one account is reachable from another, nor without a session', async () => {
  const [owner, other] = [await makeAccount(), await makeAccount()]
  const response = await chat(owner)
  await response.arrayBuffer()
  const row = await rowOf(owner, response)
  expect((await api(other, 'GET', `/requests/${String(row['id'])}`)).status).toBe(404)
  expect((await api(other, 'DELETE', `/tokens/${owner.tokenId}`)).status).toBe(404)
  const stranger = await makeAccount({ key: null })
  expect((await api(stranger, 'GET', '/provider-keys/grok')).status).toBe(404)
  expect((await api(stranger, 'DELETE', '/provider-keys/grok')).status).toBe(404)
  expect((await api(owner, 'GET', '/provider-keys/grok')).status).toBe(200)
  await env.DB.prepare(
    `INSERT INTO provider_keys SELECT (SELECT account_id FROM tokens WHERE id = ?2), provider, sealed, last_four, saved_at_ms FROM provider_keys WHERE account_id = (SELECT account_id FROM tokens WHERE id = ?1)`,
  )
    .bind(owner.tokenId, stranger.tokenId)
    .run()
  expect(await (await chat(stranger)).json()).toMatchObject({ error: { code: 'master_key_wrong' } })
  expect(await (await api(other, 'GET', '/requests')).json()).toEqual({
    requests: [],
    nextCursor: null,
  })
  expect(await rowsOf(owner, 1)).toHaveLength(1)
  for (const [method, path] of [
    ['GET', '/tokens'],
    ['POST', '/tokens'],
    ['DELETE', `/tokens/${owner.tokenId}`],
    ['GET', '/provider-keys/grok'],
    ['PUT', '/provider-keys/grok'],
    ['DELETE', '/provider-keys/grok'],
    ['GET', '/requests'],
    ['GET', `/requests/${String(row['id'])}`],
  ] as const) {
    for (const account of [null, { cookie: '__Host-metrion_session=nonsense' }]) {
      const refused = await api(account, method, path, method === 'GET' ? undefined : {})
      expect({ method, path, status: refused.status }).toEqual({ method, path, status: 401 })
    }
  }
})

test('health tells of every part, and which one is ill', async () => {
  const logged = vi.spyOn(console, 'error')
  await signUp()
  const healthy = await fetchWorker('/healthz')
  expect(healthy.status).toBe(200)
  expect(await healthy.json()).toMatchObject({
    ok: true,
    checks: { DB: { ok: true }, MASTER_KEYS: { ok: true } },
  })
  const ill = await fetchIn(envWithout(['LEDGER']), '/healthz')
  expect(ill.status).toBe(503)
  expect(await ill.json()).toMatchObject({
    ok: false,
    checks: { LEDGER: { ok: false }, DB: { ok: true } },
  })
  const wrong = await fetchIn(
    envWith({ MASTER_KEYS: `1:${new Uint8Array(32).fill(9).toBase64()}` }),
    '/healthz',
  )
  expect(wrong.status).toBe(503)
  expect(await wrong.json()).toMatchObject({ checks: { MASTER_KEYS: { ok: false } } })
  // What is wrong, the log and the health page say.
  expect(logged.mock.calls.flat()).toContainEqual(
    expect.stringContaining('set the secret back to its former value'),
  )
  logged.mockRestore()
})

test('under a wrong master key nothing is sealed', async () => {
  await signUp()
  const wrong = envWith({ MASTER_KEYS: `1:${new Uint8Array(32).fill(9).toBase64()}` })
  const response = await fetchIn(wrong, '/api/v1/session', {
    method: 'POST',
    body: JSON.stringify({ code: await invite(), name: 'x' }),
  })
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { code: 'master_key_wrong' } })
})

test('the schema versions are those of the migrations', () => {
  expect(env.MIGRATIONS.accounts.at(-1)!.name).toBe(SCHEMA_VERSION.DB)
  expect(env.MIGRATIONS.ledger.at(-1)!.name).toBe(SCHEMA_VERSION.LEDGER)
})

test.each([
  [401, { error: 'no' }],
  [403, { error: 'no' }],
  [200, { team_blocked: true }],
  [200, { api_key_disabled: true }],
])('a key that xAI answers %i %j to is not saved', (status, body) => {
  expect(readKeyCheck(status, body).result).toBe('refused')
})

test.each([429, 500, 503])('trouble at xAI (%i) says nothing about a key', (status) => {
  expect(readKeyCheck(status, null)).toMatchObject({ result: 'unchecked', status })
})

test('a refused key is not repeated, even where xAI repeats it', async () => {
  const account = await makeAccount({ key: null })
  const key = 'planted/key+of+no+known+shape'
  const fetched = vi
    .spyOn(globalThis, 'fetch')
    .mockResolvedValueOnce(
      Response.json({ error: `Incorrect API key provided: ${key}` }, { status: 400 }),
    )
  const response = await fetchIn(envWith({}), '/api/v1/provider-keys/grok', {
    method: 'PUT',
    headers: { cookie: account.cookie },
    body: JSON.stringify({ key }),
  })
  fetched.mockRestore()
  expect(response.status).toBe(400)
  const text = await response.text()
  expect(text).toContain('Incorrect API key provided: [key]')
  expect(text).not.toContain('planted')
})

test('an ended session does not let in, and a used one goes on', async () => {
  const { cookie } = await signUp()
  const expiry = (): Promise<number | null> =>
    env.DB.prepare('SELECT max(expires_at_ms) AS n FROM sessions WHERE secret_hash = ?1')
      .bind(hash)
      .first<number>('n')
  const hash = await hashSecret(cookie.split('=')[1]!)
  const soon = Date.now() + 86_400_000
  await env.DB.prepare('UPDATE sessions SET expires_at_ms = ?2 WHERE secret_hash = ?1')
    .bind(hash, soon)
    .run()
  expect((await api({ cookie }, 'GET', '/tokens')).status).toBe(200)
  expect(await expiry()).toBeGreaterThan(soon + 28 * 86_400_000)
  await env.DB.prepare('UPDATE sessions SET expires_at_ms = ?2 WHERE secret_hash = ?1')
    .bind(hash, Date.now() - 1)
    .run()
  expect((await api({ cookie }, 'GET', '/tokens')).status).toBe(401)
})

test('a form too large to be one is refused without being held', async () => {
  const response = await api(null, 'POST', '/session', { code: 'x', name: 'y'.repeat(100_000) })
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ error: { code: 'body_too_large' } })
})

test('a token revoked while KV does not answer stops all the same', async () => {
  const account = await makeAccount()
  await (await chat(account)).arrayBuffer()
  const deaf = {
    ...envWith({}),
    TOKENS: {
      get: env.TOKENS.get.bind(env.TOKENS),
      delete: () => Promise.reject(new Error('down')),
    } as unknown as KVNamespace,
  }
  const revoked = await fetchIn(deaf, `/api/v1/tokens/${account.tokenId}`, {
    method: 'DELETE',
    headers: { cookie: account.cookie },
  })
  expect(revoked.status).toBe(204)
  // KV still has the entry. The first to read it, once it is a minute old, finds out.
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] })
  await (await chat(account)).arrayBuffer()
  vi.useRealTimers()
  await vi.waitFor(async () => expect((await chat(account)).status).toBe(401))
})
