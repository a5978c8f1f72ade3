import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createApiToken, listApiTokens } from '../../../src/credentials/api-tokens/store.ts'
import { MEMBER_OPERATIONS } from '../../../src/pages/reference/member-operations.ts'
import { OPERATIONS } from '../../../src/pages/reference/operations.ts'
import { site } from '../../../src/site.tsx'
import { chat, fetchWorker, makeAccount, memberOf, api, rowOf } from '../world.ts'

const account = await makeAccount()
const member = await memberOf(account)

const read = (path: string, authorization: string, init: RequestInit = {}): Promise<Response> =>
  fetchWorker(`/api/v1${path}`, { ...init, headers: { authorization } })

const send = (
  path: string,
  fields: Record<string, string>,
  cookie = account.cookie,
): Promise<Response> =>
  fetchWorker(`/settings/api-tokens${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

const make = async (...scopes: string[]): Promise<string> => {
  const response = await send('', {
    name: scopes.join(' and '),
    ...Object.fromEntries(scopes.map((scope) => [scope, 'on'])),
  })
  return /mk-metrion-[0-9a-f]{32}/.exec(await response.text())![0]
}

const pathOf = (path: string): string =>
  `${path.replace('{id}', '00000000-0000-7000-8000-000000000000')}?${
    ['/usage', '/usage.focus.csv', '/latency', '/errors'].includes(path)
      ? 'from=2026-11-24T00:00:00Z'
      : ''
  }`

test('a token reads what it is for, and nothing else', async () => {
  for (const scope of ['usage', 'requests'] as const) {
    const token = await make(scope)
    for (const operation of OPERATIONS) {
      const { status } = await read(pathOf(operation.path), `Bearer ${token}`)
      const expected = operation.scope !== scope ? 403 : operation.path.includes('{') ? 404 : 200
      expect({ path: operation.path, status }).toEqual({ path: operation.path, status: expected })
    }
  }
})

test('no token does what a session does', async () => {
  const token = await make('usage', 'requests')
  const documented = OPERATIONS.map(({ path }) => path.replace('{id}', ':id'))
  const others = site.routes.filter(
    ({ method, path }) =>
      method !== 'ALL' &&
      path.startsWith('/api/v1/') &&
      !['/api/v1/session', '/api/v1/openapi.json'].includes(path) &&
      !(method === 'GET' && documented.includes(path.replace('/api/v1', ''))),
  )
  expect(others.length).toBeGreaterThan(4)
  for (const { method, path } of others) {
    const { status } = await read(path.replace('/api/v1', ''), `Bearer ${token}`, { method })
    expect({ path, status }).toEqual({ path, status: 401 })
  }
  const page = await fetchWorker('/logs', {
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(page.headers.get('location')).toBe('/sign-in?to=%2Flogs')
})

test('the reference has every route for members, and no other', () => {
  const served = site.routes
    .filter(
      ({ method, path }) =>
        method !== 'ALL' &&
        /^\/api\/v1\/(tokens|budgets|alerts|channels|management-keys)/.test(path),
    )
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replace('/api/v1', '')}`)
  const documented = MEMBER_OPERATIONS.map(
    ({ method, path }) => `${method} ${path.replace('{id}', ':id')}`,
  )
  expect([...new Set(served)].toSorted()).toEqual(documented.toSorted())
})

test('it reads its own account alone', async () => {
  const response = await chat(account)
  await response.text()
  const { id } = await rowOf(account, response)
  const other = await makeAccount()
  const stranger = await createApiToken(
    env.DB,
    await memberOf(other),
    { name: 'x', scopes: ['requests'] },
    0,
  )
  expect((await read(`/requests/${String(id)}`, `Bearer ${stranger}`)).status).toBe(404)
  const own = await make('requests')
  expect((await read(`/requests/${String(id)}`, `Bearer ${own}`)).status).toBe(200)
})

test('what is no token in force is refused, whatever session comes along', async () => {
  const token = await make('usage')
  const { id } = (await listApiTokens(env.DB, member.accountId)).at(-1)!
  for (const authorization of [
    'Bearer ',
    'Bearer mk-metrion-nonsense',
    `Bearer mk-metrion-${'0'.repeat(32)}`,
    `Bearer ${account.token}`,
    `Basic ${token}`,
    `Bearer ${token} ${token}`,
  ]) {
    const refused = await fetchWorker('/api/v1/usage?from=2026-11-24T00:00:00Z', {
      headers: { authorization, cookie: account.cookie },
    })
    expect({ authorization, status: refused.status }).toEqual({ authorization, status: 401 })
    expect(await refused.text()).not.toContain(token)
  }
  expect((await send(`/${id}/revoke`, {})).headers.get('location')).toBe(
    '/settings?notice=api-revoked',
  )
  expect((await read(pathOf('/usage'), `Bearer ${token}`)).status).toBe(401)
  expect((await send(`/${id}/revoke`, {})).headers.get('location')).toBe('/settings?notice=gone')
})

test('it is shown once, kept as a hash, and its use is noted', async () => {
  const token = await make('usage')
  const settings = (): Promise<string> =>
    fetchWorker('/settings/tokens', { headers: { cookie: account.cookie } }).then((page) =>
      page.text(),
    )
  expect(await settings()).not.toContain(token)
  const { results } = await env.DB.prepare('SELECT * FROM api_tokens').all()
  expect(JSON.stringify(results)).not.toContain(token.slice(11))
  const noted = async (): Promise<number | null> =>
    (await listApiTokens(env.DB, member.accountId)).find(
      ({ lastFour }) => lastFour === token.slice(-4),
    )!.lastUsedAtMs
  expect(await noted()).toBeNull()
  await read(pathOf('/usage'), `Bearer ${token}`)
  await expect.poll(noted).toBeGreaterThan(0)
  const audit = await fetchWorker('/settings/audit', { headers: { cookie: account.cookie } })
  expect(await audit.text()).toContain('created the API token')
})

test('a form that lacks something says so and keeps what was typed', async () => {
  const refused = await send('', { name: 'Monthly <report>' })
  expect(refused.status).toBe(400)
  const html = await refused.text()
  expect(html).toContain('Choose what it may read.')
  expect(html).toContain('value="Monthly &lt;report&gt;"')
})

test('a member who is removed takes the tokens along', async () => {
  const headers = { cookie: account.cookie }
  const page = await fetchWorker('/settings/members/invite', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ role: 'member' }),
  })
  const code = /\/join#code=([\w-]+)/.exec(await page.text())![1]!
  const joined = await api(null, 'POST', '/session', { code, name: 'Bob' })
  const bob = joined.headers.get('set-cookie')!.split(';')[0]!
  const made = await send('', { name: 'bob’s', usage: 'on' }, bob)
  const token = /mk-metrion-[0-9a-f]{32}/.exec(await made.text())![0]
  expect((await read(pathOf('/usage'), `Bearer ${token}`)).status).toBe(200)
  const { id } = await memberOf({ cookie: bob })
  await fetchWorker(`/settings/members/${id}/remove`, { method: 'POST', headers })
  expect((await read(pathOf('/usage'), `Bearer ${token}`)).status).toBe(401)
})
