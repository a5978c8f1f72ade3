import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createApiToken, listApiTokens } from '../../../src/credentials/api-tokens/store.ts'
import { listOpenLinks } from '../../../src/people/members/store.ts'
import { addPasskey } from '../../../src/people/passkeys/store.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { site } from '../../../src/site.tsx'
import { api, chat, fetchWorker, makeAccount, memberOf, rowOf, signUp } from '../world.ts'

// Every route there is, so that a new one cannot be forgotten.
const ROUTES = [
  ...new Set(
    site.routes
      .filter((route) => route.method !== 'ALL')
      .map((route) => `${route.method} ${route.path}`),
  ),
].map((route) => {
  const [method = '', path = ''] = route.split(' ')
  return { method, path }
})

/** Open to everybody; they say nothing of anybody. */
const PUBLIC = [
  'GET /',
  'GET /healthz',
  'GET /join',
  'POST /join',
  'POST /join/open',
  'GET /sign-in',
  'POST /sign-in',
  'POST /sign-in/options',
  'GET /sign-up',
  'POST /sign-up',
  'POST /sign-up/options',
  'POST /access',
  'POST /sign-out',
  'POST /api/v1/session',
  'DELETE /api/v1/session',
  'GET /api/v1/openapi.json',
]

const OWNERS_ONLY =
  /^POST \/(settings\/(members\/|account$|delete$|management-key|traces)|limits|alerts)|^(POST|PUT|PATCH|DELETE) \/api\/v1\/(budgets|alerts|channels|management-keys)/

const victim = await makeAccount()
const member = await memberOf(victim)
const IN_FLIGHT_WRITER = [
  'VICTIM',
  'victim-label',
  'victim-passkey',
  'victim-token',
  'victim-reader',
  'victim-budget',
  'victim-rule',
  'victim-channel',
  'hooks.victim.dev',
  'secret-path',
  victim.token,
  member.id,
]

async function makeOne(path: string, body: object): Promise<string> {
  const response = await api(victim, 'POST', path, body)
  if (response.status !== 201) throw new Error(await response.text())
  return (await response.json<{ id: string }>()).id
}

async function furnish(): Promise<Record<string, string>> {
  const settings = new URLSearchParams({ name: 'VICTIM', currency: 'USD' })
  const headers = { cookie: victim.cookie }
  await fetchWorker('/settings/account', { method: 'POST', headers, body: settings })
  const made = await api(victim, 'POST', '/tokens', { name: 'victim-token' })
  const { id: token } = await made.json<{ id: string }>()
  const passkey = { id: 'victim-key', publicKey: 'x', counter: 0, transports: [] }
  for (const id of ['victim-key', 'victim-key-2']) {
    await addPasskey(env.DB, member, { ...passkey, id }, 'victim-passkey', 0)
  }
  const response = await chat(victim, { headers: { 'x-metrion-user': 'victim-label' } })
  const request = String((await rowOf(victim, response))['id'])
  await createApiToken(env.DB, member, { name: 'victim-reader', scopes: ['usage'] }, 0)
  const [reader] = await listApiTokens(env.DB, member.accountId)
  const session = (await hashSecret(victim.cookie.split('=')[1]!)).slice(0, 16)
  await fetchWorker('/settings/members/invite', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ role: 'member' }),
  })
  const [link] = await listOpenLinks(env.DB, member.accountId, Date.now())
  const scope = { kind: 'account', value: null }
  const budget = await makeOne('/budgets', {
    name: 'victim-budget',
    scope,
    meter: 'cost',
    window: 'day',
    limit: 1e12,
    action: 'warn',
  })
  await fetchWorker('/views', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ name: 'victim-view', path: '/logs?q=victim' }),
  })
  const view = await env.DB.prepare('SELECT id FROM saved_views WHERE account_id = ?1')
    .bind(member.accountId)
    .first<{ id: string }>()
  const rule = await makeOne('/alerts', { kind: 'volume', name: 'victim-rule' })
  const channel = await makeOne('/channels', {
    name: 'victim-channel',
    kind: 'webhook',
    target: 'https://hooks.victim.dev/secret-path',
  })
  return {
    links: link!.id,
    budgets: budget,
    limits: budget,
    alerts: rule,
    rules: rule,
    views: view!.id,
    channels: channel,
    tokens: token,
    passkeys: 'victim-key',
    requests: request,
    logs: request,
    sessions: session,
    members: member.id,
    'api-tokens': reader!.id,
  }
}

const ids = await furnish()

const fill = (path: string): string =>
  path.replace(/([\w-]+)\/:id/, (_, kind: string) => {
    const id = ids[kind]
    if (id === undefined) throw new Error(`furnish() makes nothing for ${path}`)
    return `${kind}/${id}`
  })

/** What the victim has, but for when its session was seen. */
async function belongings(): Promise<unknown> {
  const tables = [
    'members',
    'tokens',
    'api_tokens',
    'provider_keys',
    'audit',
    'invitations',
    'saved_views',
  ].concat(['budgets', 'alert_rules', 'channels'])
  const ofAccount = tables.map((table) => `SELECT * FROM ${table} WHERE account_id = ?1`)
  const found = await env.DB.batch(
    [...ofAccount, 'SELECT * FROM accounts WHERE id = ?1'].map((sql) =>
      env.DB.prepare(sql).bind(member.accountId),
    ),
  )
  const own = await env.DB.batch(
    [
      'SELECT * FROM passkeys WHERE member_id = ?1',
      'SELECT secret_hash FROM sessions WHERE member_id = ?1',
    ].map((sql) => env.DB.prepare(sql).bind(member.id)),
  )
  const ledger = await env.LEDGER.prepare('SELECT * FROM requests WHERE account_id = ?1')
    .bind(member.accountId)
    .all()
  return [...found, ...own, ledger].map((result) => result.results)
}

function call(route: (typeof ROUTES)[number], cookie: string | null): Promise<Response> {
  const isApi = route.path.startsWith('/api/')
  const fields = { name: 'VICTIM', role: 'owner', key: 'xai-planted-by-a-stranger', code: 'x' }
  const body = isApi ? JSON.stringify(fields) : new URLSearchParams(fields)
  return fetchWorker(fill(route.path), {
    method: route.method,
    redirect: 'manual',
    headers: { accept: isApi ? 'application/json' : 'text/html', ...(cookie ? { cookie } : {}) },
    ...(route.method === 'GET' ? {} : { body }),
  })
}

const ended = await (async () => {
  const { cookie } = await signUp()
  await api({ cookie }, 'DELETE', '/session')
  return cookie
})()

const NOBODY = [
  ['without a session', null],
  ['with a session that has ended', ended],
] as const

test('there are routes to walk, and each public one is there', () => {
  const all = ROUTES.map(({ method, path }) => `${method} ${path}`)
  expect(all.length).toBeGreaterThan(35)
  expect(PUBLIC.filter((route) => !all.includes(route))).toEqual([])
})

test.each(NOBODY)('nothing is told or done %s', async (_, cookie) => {
  const before = await belongings()
  for (const route of ROUTES) {
    const name = `${route.method} ${route.path}`
    const response = await call(route, cookie)
    const body = await response.text()
    for (const mark of IN_FLIGHT_WRITER)
      expect({ name, tells: body.includes(mark) ? mark : null }).toEqual({ name, tells: null })
    if (PUBLIC.includes(name)) continue
    const location = response.headers.get('location') ?? ''
    const isSentAway = response.status === 303 && /^\/sign-in(\?to=|$)/.test(location)
    expect({ name, isRefused: isSentAway || response.status === 401 }).toEqual({
      name,
      isRefused: true,
    })
  }
  expect(await belongings()).toEqual(before)
})

test(
  'nothing is told to or done for a member of another account',
  { timeout: 60_000 },
  async () => {
    const before = await belongings()
    for (const route of ROUTES) {
      const name = `${route.method} ${route.path}`
      // A stranger for each: some routes end the session that they are called with.
      const response = await call(route, (await signUp('Eve')).cookie)
      const body = await response.text()
      // What was typed may be shown again; it was "VICTIM" for the name.
      const told = IN_FLIGHT_WRITER.filter((mark) => mark !== 'VICTIM' && body.includes(mark))
      expect({ name, told, isBroken: response.status >= 500 }).toEqual({
        name,
        told: [],
        isBroken: false,
      })
      if (route.path.includes(':id') && route.path.startsWith('/api/'))
        expect({ name, status: response.status }).toEqual({ name, status: 404 })
    }
    expect(await belongings()).toEqual(before)
  },
)

test('a plain member is kept from what owners do, on every such route', async () => {
  const headers = { cookie: victim.cookie }
  const body = new URLSearchParams({ role: 'member' })
  const page = await fetchWorker('/settings/members/invite', { method: 'POST', headers, body })
  const code = /\/join#code=([\w-]+)/.exec(await page.text())![1]!
  const joined = await api(null, 'POST', '/session', { code, name: 'Bob' })
  const bob = joined.headers.get('set-cookie')!.split(';')[0]!
  const before = await belongings()
  const routes = ROUTES.filter(({ method, path }) => OWNERS_ONLY.test(`${method} ${path}`))
  expect(routes.length).toBeGreaterThanOrEqual(20)
  for (const route of routes) {
    const response = await call(route, bob)
    const location = response.headers.get('location')
    const isKept = response.status === 403 || location?.endsWith('?notice=owners-only') === true
    expect({ ...route, isKept }).toEqual({ ...route, isKept: true })
  }
  expect(await belongings()).toEqual(before)
})
