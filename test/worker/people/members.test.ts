import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { addPasskey } from '../../../src/people/passkeys/store.ts'
import { api, fetchWorker, invite, memberOf, XAI_KEY } from '../world.ts'

interface Person {
  cookie: string
  id: string
}

const get = (person: Person, path: string): Promise<Response> =>
  fetchWorker(path, { redirect: 'manual', headers: { cookie: person.cookie, accept: 'text/html' } })

const post = (
  person: Person,
  path: string,
  fields: Record<string, string> = {},
): Promise<Response> =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

async function comeIn(code: string, name: string): Promise<Person> {
  const response = await api(null, 'POST', '/session', { code, name })
  const { member } = await response.json<{ member: { id: string } }>()
  return { cookie: response.headers.get('set-cookie')!.split(';')[0]!, id: member.id }
}

async function linkFrom(owner: Person, role: string): Promise<string> {
  const html = await (await post(owner, '/settings/members/invite', { role })).text()
  return /\/join#code=([\w-]+)/.exec(html)![1]!
}

const noticeOf = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? '', 'https://x').searchParams.get('notice')

test('an owner lets people in, changes their roles and removes them with all their ways in', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const bob = await comeIn(await linkFrom(ada, 'member'), 'Bob')
  expect(await (await get(bob, '/settings/people')).text()).toContain('Ada')

  for (const path of [
    '/settings/members/invite',
    `/settings/members/${ada.id}/remove`,
    `/settings/members/${bob.id}/role`,
  ]) {
    expect(noticeOf(await post(bob, path, { role: 'owner' }))).toBe('owners-only')
  }
  expect(await (await get(bob, '/settings/people')).text()).not.toContain('Invite member')

  expect(noticeOf(await post(ada, `/settings/members/${ada.id}/remove`))).toBe('last-owner')
  expect(noticeOf(await post(ada, `/settings/members/${ada.id}/role`, { role: 'member' }))).toBe(
    'last-owner',
  )
  expect(noticeOf(await post(ada, `/settings/members/${bob.id}/role`, { role: 'owner' }))).toBe(
    'member-changed',
  )
  expect(noticeOf(await post(ada, `/settings/members/${ada.id}/role`, { role: 'member' }))).toBe(
    'member-changed',
  )

  await addPasskey(
    env.DB,
    await memberOf(ada),
    { id: `key-${ada.id}`, publicKey: 'x', counter: 0, transports: [] },
    'k',
    0,
  )
  expect(noticeOf(await post(bob, `/settings/members/${ada.id}/remove`))).toBe('member-removed')
  expect((await get(ada, '/settings')).headers.get('location')).toBe('/sign-in?to=%2Fsettings')
  for (const table of ['sessions', 'passkeys']) {
    const left = env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE member_id = ?1`).bind(
      ada.id,
    )
    expect(await left.first('n')).toBe(0)
  }
})

test('nobody of another account can be touched', async () => {
  const [ada, eve] = [await comeIn(await invite(), 'Ada'), await comeIn(await invite(), 'Eve')]
  await comeIn(await linkFrom(eve, 'owner'), 'Mallory')
  expect(noticeOf(await post(eve, `/settings/members/${ada.id}/remove`))).toBe('last-owner')
  expect(noticeOf(await post(eve, `/settings/members/${ada.id}/role`, { role: 'member' }))).toBe(
    'last-owner',
  )
  expect((await get(ada, '/settings')).status).toBe(200)
  expect(await (await get(eve, '/settings/people')).text()).not.toContain('Ada')
})

test('what is done is written down, by whom, and for the account alone', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const { id } = await (await api(ada, 'POST', '/tokens', { name: '<bot>' })).json<{ id: string }>()
  await post(ada, `/settings/tokens/${id}/regenerate`)
  await api(ada, 'DELETE', `/tokens/${id}`)
  await api(ada, 'PUT', '/provider-keys/grok', { key: XAI_KEY })
  await api(ada, 'DELETE', '/provider-keys/grok')
  await linkFrom(ada, 'member')
  const { results } = await env.DB.prepare(
    `SELECT action, subject, member_name FROM audit WHERE account_id = (SELECT account_id FROM members WHERE id = ?1) ORDER BY at_ms, id`,
  )
    .bind(ada.id)
    .all<{ action: string; subject: string; member_name: string }>()
  const deeds = results.map((row) => `${row.member_name}: ${row.action} ${row.subject}`)
  expect(deeds.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'Ada: key.deleted 1234',
    'Ada: key.saved 1234',
    'Ada: member.invited a member',
    'Ada: member.joined owner',
    'Ada: token.made <bot>',
    'Ada: token.revoked <bot>',
    'Ada: token.rotated <bot>',
  ])
  const html = await (await get(ada, '/settings/audit')).text()
  expect(html).toContain('rotated the secret of the token <strong>&lt;bot&gt;</strong>')
  expect(html).not.toContain('planted')
  const eve = await comeIn(await invite(), 'Eve')
  expect(await (await get(eve, '/settings/audit')).text()).not.toContain('&lt;bot&gt;')
})

test('the record is read page by page', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  for (let made = 0; made < 101; made++) await api(ada, 'POST', '/tokens', { name: `t${made}` })
  const first = await (await get(ada, '/settings/audit')).text()
  expect(first.match(/created the token/g)).toHaveLength(100)
  const cursor = /cursor=([\w-]+)/.exec(first)![1]!
  const second = await (await get(ada, `/settings/audit?cursor=${cursor}`)).text()
  expect(second.match(/created the token/g)).toHaveLength(1)
  expect(second).toContain('joined as')
})

const openLinksOf = async (person: Person): Promise<string[]> => {
  const html = await (await get(person, '/settings/people')).text()
  return [...html.matchAll(/members\/links\/([0-9a-f]{64})\/withdraw/g)].map((match) => match[1]!)
}
const joins = async (code: string): Promise<number> =>
  (await api(null, 'POST', '/session', { code, name: 'Back' })).status

test.each([
  ['removed', 'remove', {}],
  ['demoted', 'role', { role: 'member' }],
])('an owner who is %s does not come back by a link of their own', async (_, path, fields) => {
  const ada = await comeIn(await invite(), 'Ada')
  const bob = await comeIn(await linkFrom(ada, 'owner'), 'Bob')
  const [own, other, adas] = [
    await linkFrom(bob, 'owner'),
    await linkFrom(bob, 'member'),
    await linkFrom(ada, 'member'),
  ]
  expect(await openLinksOf(ada)).toHaveLength(3)
  const ended = await post(ada, `/settings/members/${bob.id}/${path}`, { ...fields })
  expect(ended.status).toBe(303)
  expect([await joins(own), await joins(other)]).toEqual([401, 401])
  // The links of those who stay go on working.
  expect(await openLinksOf(ada)).toHaveLength(1)
  expect(await joins(adas)).toBe(201)
})

test('whoever stays an owner keeps the links that they made', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const link = await linkFrom(ada, 'member')
  // The last owner cannot be demoted, nor one made an owner who is one.
  for (const role of ['member', 'owner'])
    await post(ada, `/settings/members/${ada.id}/role`, { role })
  expect(await joins(link)).toBe(201)
})

test('owners see the links that can still be used, by whom and for whom, and withdraw them', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const bob = await comeIn(await linkFrom(ada, 'member'), 'Bob')
  const email = 'grace@example.com'
  const html = await (await post(ada, '/settings/members/invite', { role: 'owner', email })).text()
  const code = /\/join#code=([\w-]+)/.exec(html)![1]!
  const page = await (await get(ada, '/settings/people')).text()
  expect(page).toContain('New owner, grace@example.com')
  expect(page).toContain('Created by Ada, expires')
  expect(page).not.toContain(code)
  const [link] = await openLinksOf(ada)
  expect(await openLinksOf(bob)).toEqual([])
  const path = `/settings/members/links/${link}/withdraw`
  expect(noticeOf(await post(bob, path))).toBe('owners-only')
  const eve = await comeIn(await invite(), 'Eve')
  expect(noticeOf(await post(eve, path))).toBe('link-gone')
  expect(noticeOf(await post(ada, path))).toBe('link-withdrawn')
  expect(noticeOf(await post(ada, path))).toBe('link-gone')
  expect(await joins(code)).toBe(401)
  expect(await (await get(ada, '/settings/audit')).text()).toContain('revoked a one-time link for')
})

test('after a removal the page says which tokens that person could see, and regenerates them', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const bob = await comeIn(await linkFrom(ada, 'member'), 'Bob')
  const made = await api(bob, 'POST', '/tokens', { name: 'crawler' })
  const { token } = await made.json<{ token: string }>()
  await api(ada, 'POST', '/tokens', { name: 'web' })
  const removed = await post(ada, `/settings/members/${bob.id}/remove`)
  const moved = await get(ada, removed.headers.get('location')!)
  const page = await (await get(ada, moved.headers.get('location')!)).text()
  expect(page).toContain('<strong>crawler</strong>')
  expect(page).not.toContain('crawler, web')
  const ids = /name="ids" value="([^"]*)"/.exec(page)![1]!
  expect(noticeOf(await post(ada, '/settings/tokens/regenerate-all', { ids }))).toBe(
    'all-regenerated',
  )
  const asked = await fetchWorker('/api/proxy/grok/v1/models', {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(asked.status).toBe(401)
  const { tokens } = await (
    await api(ada, 'GET', '/tokens')
  ).json<{
    tokens: { name: string; revokedAt: string | null }[]
  }>()
  const effectiveAt = tokens.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name)
  expect(effectiveAt.toSorted()).toEqual(['crawler', 'web'])
})
