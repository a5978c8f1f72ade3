import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { addPasskey } from '../../../src/passkeys/store.ts'
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
  return /\/join\?code=([\w-]+)/.exec(html)![1]!
}

const noticeOf = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? '', 'https://x').searchParams.get('notice')

test('an owner lets people in, changes their roles and removes them with all their ways in', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  const bob = await comeIn(await linkFrom(ada, 'member'), 'Bob')
  expect(await (await get(bob, '/settings')).text()).toContain('Ada')

  for (const path of [
    '/settings/members/invite',
    `/settings/members/${ada.id}/remove`,
    `/settings/members/${bob.id}/role`,
  ]) {
    expect(noticeOf(await post(bob, path, { role: 'owner' }))).toBe('owners-only')
  }
  expect(await (await get(bob, '/settings')).text()).not.toContain('Invite a member')

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
  expect((await get(ada, '/settings')).headers.get('location')).toBe('/sign-in')
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
  expect(await (await get(eve, '/settings')).text()).not.toContain('Ada')
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
    'Ada: token.regenerated <bot>',
  ])
  const html = await (await get(ada, '/settings/audit')).text()
  expect(html).toContain('regenerated the token <strong>&lt;bot&gt;</strong>')
  expect(html).not.toContain('planted')
  const eve = await comeIn(await invite(), 'Eve')
  expect(await (await get(eve, '/settings/audit')).text()).not.toContain('&lt;bot&gt;')
})

test('the record is read page by page', async () => {
  const ada = await comeIn(await invite(), 'Ada')
  for (let made = 0; made < 101; made++) await api(ada, 'POST', '/tokens', { name: `t${made}` })
  const first = await (await get(ada, '/settings/audit')).text()
  expect(first.match(/made the token/g)).toHaveLength(100)
  const cursor = /cursor=([\w-]+)/.exec(first)![1]!
  const second = await (await get(ada, `/settings/audit?cursor=${cursor}`)).text()
  expect(second.match(/made the token/g)).toHaveLength(1)
  expect(second).toContain('came in as')
})
