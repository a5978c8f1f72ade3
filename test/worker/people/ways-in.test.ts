import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { api, envWith, fetchIn, fetchWorker, invite, memberOf, signUp } from '../world.ts'

const post = (cookie: string, path: string, fields: Record<string, string>): Promise<Response> =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

const pageOf = async (cookie: string, path: string): Promise<string> =>
  (await fetchWorker(path, { headers: { cookie, accept: 'text/html' } })).text()

/** A link back in, as `npm run invite -- --member` leaves it in the database. */
async function linkBack(memberId: string): Promise<string> {
  const code = crypto.randomUUID()
  await env.DB.prepare(
    `INSERT INTO invitations (code_hash, account_id, role, created_at_ms, expires_at_ms, member_id)
     SELECT ?1, account_id, role, ?2, ?3, id FROM members WHERE id = ?4`,
  )
    .bind(await hashSecret(code), Date.now(), Date.now() + 60_000, memberId)
    .run()
  return code
}

test('a link back in lets in the same member, once, without asking for a name', async () => {
  const first = await signUp('Ada')
  const ada = await memberOf(first)
  const code = await linkBack(ada.id)
  const page = await pageOf('', `/join?code=${code}`)
  expect(page).toContain('Welcome back, Ada')
  expect(page).not.toContain('id="name"')

  const entered = await post('', '/join', { code })
  expect(entered.headers.get('location')).toBe('/integrate')
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!
  expect(await memberOf({ cookie })).toEqual(ada)
  expect((await post('', '/join', { code })).status).toBe(410)
  const count = await env.DB.prepare('SELECT count(*) AS n FROM members WHERE account_id = ?1')
    .bind(ada.accountId)
    .first('n')
  expect(count).toBe(1)
  expect(await pageOf(cookie, '/settings/audit')).toContain('signed in with a one-time link as')

  const again = await api(null, 'POST', '/session', { code: await linkBack(ada.id) })
  expect(await again.json()).toMatchObject({ member: { id: ada.id, name: 'Ada' } })
})

test('a removed member’s link back lets nobody in', async () => {
  const owner = await signUp('Ada')
  const ada = await memberOf(owner)
  const html = await (
    await post(owner.cookie, '/settings/members/invite', { role: 'owner' })
  ).text()
  const code = /\/join#code=([\w-]+)/.exec(html)![1]!
  const bob = (await post('', '/join', { code, name: 'Bob' })).headers.get('set-cookie')!
  const back = await linkBack(ada.id)
  await post(bob.split(';')[0]!, `/settings/members/${ada.id}/remove`, {})
  expect((await post('', '/join', { code: back })).status).toBe(410)
})

test('a newcomer needs a name, and what was typed stays where the address is wrong', async () => {
  const code = await invite()
  for (const name of [undefined, ' ']) {
    const nameless = await api(null, 'POST', '/session', { code, name })
    expect(await nameless.json()).toMatchObject({ error: { param: 'name' } })
  }
  const wrong = await post('', '/join', { code, name: 'Ada', email: 'ada at home' })
  const html = await wrong.text()
  expect(wrong.status).toBe(400)
  expect(html).toContain('Use an address such as ada@example.com.')
  expect(html).toContain('value="ada at home"')
  const right = await post('', '/join', { code, name: 'Ada', email: 'Ada@Home.example' })
  const cookie = right.headers.get('set-cookie')!.split(';')[0]!
  expect((await memberOf({ cookie })).email).toBe('ada@home.example')
})

test('sign-up is closed unless the deployment opens it', async () => {
  const ask = (path: string, settings = envWith({})): Promise<Response> =>
    fetchIn(settings, path, { method: 'POST', body: '{"name":"Eve"}' })
  for (const path of ['/sign-up', '/sign-up/options']) {
    const refused = await ask(path)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { code: 'sign_up_closed' } })
  }
  expect(await pageOf('', '/sign-in')).not.toContain('Create account')
  const shut = await fetchWorker('/sign-up', { redirect: 'manual' })
  expect(shut.headers.get('location')).toBe('/sign-in')

  const open = envWith({ SIGNUP: 'open' })
  expect((await ask('/sign-up/options', open)).status).toBe(200)
  expect(await (await fetchIn(open, '/sign-in')).text()).toContain('Create account')
  const forged = {
    id: 'x',
    response: { clientDataJSON: btoa(JSON.stringify({ challenge: 'never given out' })) },
  }
  const body = JSON.stringify({ name: 'Eve', response: forged })
  expect((await fetchIn(open, '/sign-up', { method: 'POST', body })).status).toBe(401)
})

test('account settings: a name, a currency with a dated rate, and only by owners', async () => {
  const owner = await signUp('Ada')
  const save = (fields: Record<string, string>, cookie = owner.cookie): Promise<Response> =>
    post(cookie, '/settings/account', { name: 'Analytical Engines', currency: 'USD', ...fields })
  expect((await save({})).headers.get('location')).toBe('/settings?notice=saved')
  expect((await memberOf(owner)).accountName).toBe('Analytical Engines')

  for (const [rate, rateDate, says] of [
    ['a lot', '2026-11-24', 'Use a number such as 0.8642.'],
    ['0', '2026-11-24', 'Use a rate above 0.'],
    ['0.86', '24.11.2026', 'Use a day such as 2026-11-24.'],
    ['0.86', '', 'Use a day such as 2026-11-24.'],
  ] as const) {
    const refused = await save({ currency: 'EUR', rate, rateDate })
    const html = await refused.text()
    expect([refused.status, html]).toEqual([400, expect.stringContaining(says)])
    expect(html).toContain(`value="${rate}"`)
  }
  expect((await save({ currency: 'XXX' })).status).toBe(400)
  await save({ currency: 'EUR', rate: '0,8642', rateDate: '2026-11-24' })
  const html = await pageOf(owner.cookie, '/settings')
  expect(html).toContain('value="0.8642"')
  expect(html).toContain('<option value="EUR" selected="">')

  const link = await (
    await post(owner.cookie, '/settings/members/invite', { role: 'member' })
  ).text()
  const code = /\/join#code=([\w-]+)/.exec(link)![1]!
  const bob = (await post('', '/join', { code, name: 'Bob' })).headers.get('set-cookie')!
  const refused = await save({ name: 'Bob’s' }, bob.split(';')[0] ?? '')
  expect(refused.headers.get('location')).toBe('/settings?notice=owners-only')
  expect((await memberOf(owner)).accountName).toBe('Analytical Engines')
  expect(await pageOf(owner.cookie, '/settings/audit')).toContain('changed the account’s')
})
