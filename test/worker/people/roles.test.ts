import { expect, test } from 'vitest'
import { api, chat, fetchWorker, invite, makeAccount, rowOf, type Account } from '../world.ts'

type Person = { cookie: string }

const post = (person: Person, path: string, fields: Record<string, string> = {}) =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })
const pageOf = async (person: Person, path: string): Promise<string> =>
  (await fetchWorker(path, { headers: { cookie: person.cookie, accept: 'text/html' } })).text()

/** Somebody new in an account, with a role. */
async function join(owner: Person, role: string, name: string): Promise<Person> {
  const html = await (await post(owner, '/settings/members/invite', { role })).text()
  const code = /#code=([\w-]+)/.exec(html)![1]!
  const entered = await api(null, 'POST', '/session', { code, name })
  return { cookie: entered.headers.get('set-cookie')!.split(';')[0]! }
}

const owner = await makeAccount()
const [member, viewer] = [await join(owner, 'member', 'Mia'), await join(owner, 'viewer', 'Vera')]
const made = await (
  await api(member, 'POST', '/tokens', { name: 'of Mia' })
).json<{ id: string; token: string }>()

const PAGES = ['/settings/tokens', '/integrate', `/tokens/${owner.tokenId}`, `/tokens/${made.id}`]

test('only who made a token, or an owner, sees its text', async () => {
  const seen = async (person: Person): Promise<string> =>
    (await Promise.all(PAGES.map((path) => pageOf(person, path)))).join('')
  const [ofOwner, ofMember, ofViewer] = [await seen(owner), await seen(member), await seen(viewer)]
  for (const token of [owner.token, made.token]) expect(ofOwner).toContain(token)
  expect(ofMember).toContain(made.token)
  expect(ofMember).not.toContain(owner.token)
  expect(ofViewer).not.toMatch(/sk-metrion-[0-9a-f]{32}/)
  // All see the names, and the last four.
  for (const html of [ofMember, ofViewer]) {
    expect(html).toContain('of Mia')
    expect(html).toContain(owner.token.slice(-4))
  }
})

test('nobody else gets the text by replacing it', async () => {
  const rotated = await api(member, 'POST', `/tokens/${owner.tokenId}/rotate`, { graceHours: 0 })
  expect(rotated.status).toBe(403)
  for (const path of [
    `/settings/tokens/${owner.tokenId}/regenerate`,
    `/tokens/${owner.tokenId}/rotate`,
  ])
    expect((await post(member, path, { graceHours: '0' })).headers.get('location')).toBe(
      '/settings?notice=not-maker',
    )
  expect((await chat(owner)).status).toBe(200)
  expect(
    (await post(member, `/settings/tokens/${made.id}/regenerate`)).headers.get('location'),
  ).toBe('/settings?notice=regenerated')
})

// Every way to change something, and some that reach it by other paths.
const CHANGES: [method: string, path: string, body?: object][] = [
  ['POST', '/tokens', { name: 'x' }],
  ['PATCH', `/tokens/${owner.tokenId}`, { name: 'x' }],
  ['POST', `/tokens/${owner.tokenId}/rotate`, { graceHours: 0 }],
  ['DELETE', `/tokens/${owner.tokenId}`],
  ['PUT', '/provider-keys/grok', { key: 'xai-0123456789' }],
  ['DELETE', '/provider-keys/grok'],
  ['POST', '/budgets', {}],
  ['POST', '/alerts', {}],
  ['POST', '/channels', {}],
  ['PUT', '/management-keys/grok', {}],
]

test.each(CHANGES)('a viewer changes nothing by the API: %s %s', async (method, path, body) => {
  const refused = await api(viewer, method, path, body)
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ error: { code: 'viewer_reads' } })
})

test.each([
  '/settings/tokens',
  `/settings/tokens/${owner.tokenId}/revoke`,
  `/settings/tokens/${owner.tokenId}/scope`,
  '/settings/api-tokens',
  '/settings/account',
  '/settings/members/invite',
  '/settings/management-key',
  '/settings/traces',
  '/settings/delete',
  '/integrate/key',
  '/integrate/key/delete',
  '/integrate/token',
  `/tokens/${owner.tokenId}`,
  '/limits/new',
  '/alerts/rules/new',
  '/views',
])('a viewer changes nothing on the pages: %s', async (path) => {
  const refused = await post(viewer, path, { name: 'x', key: 'xai-0123456789', path: '/logs' })
  expect(refused.headers.get('location')).toBe('/settings?notice=viewers-read')
})

test('a viewer reads everything, and signs in and out', async () => {
  for (const path of [
    ...PAGES,
    '/dashboard',
    '/logs',
    '/sessions',
    '/limits',
    '/alerts',
    '/bill',
    '/health',
    '/settings',
    '/settings/people',
    '/settings/security',
    '/settings/data',
    '/settings/audit',
  ])
    expect({ path, html: (await pageOf(viewer, path)).includes('<h1') }).toEqual({
      path,
      html: true,
    })
  const html = await pageOf(viewer, '/settings/tokens')
  expect(html).not.toContain('Create token')
  expect(html).not.toContain('Revoke')
  expect(
    (await post(viewer, '/settings/me', { name: 'Vera V', email: '' })).headers.get('location'),
  ).toBe('/settings?notice=saved')
  expect((await post(viewer, '/sign-out')).headers.get('location')).toBe('/sign-in?out=1')
})

test('an owner makes a member a viewer, and takes their links back', async () => {
  const other: Account = await makeAccount()
  const co = await join(other, 'owner', 'Co')
  await (await post(co, '/settings/members/invite', { role: 'member' })).text()
  const id = /settings\/members\/([0-9a-f-]{36})\/role/g
  const people = await pageOf(other, '/settings/people')
  expect(people).toContain('New member')
  const ids = [...new Set([...people.matchAll(id)].map((match) => match[1]!))]
  const coId = ids[1]!
  await post(other, `/settings/members/${coId}/role`, { role: 'viewer' })
  const after = await pageOf(other, '/settings/people')
  expect(after).toContain('Viewer since')
  expect(after).not.toContain('New member')
  expect((await post(co, '/settings/tokens', { name: 'x' })).headers.get('location')).toBe(
    '/settings?notice=viewers-read',
  )
  await invite()
})

test('revoking and regenerating ask first, with what will stop', async () => {
  const account = await makeAccount()
  const ask = (ending: string): Promise<string> =>
    pageOf(account, `/tokens/${account.tokenId}/${ending}`)
  expect(await ask('revoke')).toContain('No request in the last hour.')
  for (const label of ['invoice-bot', 'invoice-bot', 'ada', ''])
    await rowOf(account, await chat(account, { headers: label ? { 'x-metrion-user': label } : {} }))
  const html = (await ask('revoke')).replaceAll(/<[^>]+>/g, ' ')
  expect(html).toContain('4 requests in the last hour, by invoice-bot, no requester and ada.')
  expect(await ask('regenerate')).toContain(account.token.slice(-4))
  expect(
    (await fetchWorker(`/tokens/${made.id}/revoke`, { headers: { cookie: account.cookie } }))
      .status,
  ).toBe(404)
  expect((await chat(account)).status).toBe(200)
})

test('a view of the log is saved for the account, opens, and is deleted', async () => {
  const account = await makeAccount()
  const path = '/logs?status=4xx&range=7d'
  const save = (fields: Record<string, string>) => post(account, '/views', fields)
  expect((await save({ name: 'Failures', path })).headers.get('location')).toBe(path)
  const html = await pageOf(account, '/dashboard')
  expect(html).toContain('<a href="/logs?status=4xx&amp;range=7d">Failures</a>')
  // A view of the same name takes its place.
  await save({ name: 'Failures', path: '/logs?status=5xx' })
  const again = await pageOf(account, '/logs')
  expect(again).toContain('<a href="/logs?status=5xx">Failures</a>')
  expect(again).not.toContain('status=4xx&amp;range=7d">Failures')
  for (const bad of [
    'https://elsewhere.example',
    '//elsewhere.example/logs',
    '/settings',
    '/logsx',
    '',
  ])
    expect({ bad, status: (await save({ name: 'x', path: bad })).status }).toEqual({
      bad,
      status: 400,
    })
  expect((await save({ name: ' ', path })).status).toBe(400)
  const id = /views\/([0-9a-f-]{36})\/delete/.exec(again)![1]!
  await post(owner, `/views/${id}/delete`)
  expect(await pageOf(account, '/logs')).toContain('Failures</a>')
  await post(account, `/views/${id}/delete`, { here: '/logs' })
  expect(await pageOf(account, '/logs')).not.toContain('Failures</a>')
})
