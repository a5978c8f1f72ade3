import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import {
  addPasskey,
  keepChallenge,
  listPasskeys,
  takeChallenge,
} from '../../../src/people/passkeys/store.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import {
  api,
  CHAT,
  chat,
  fetchWorker,
  invite,
  makeAccount,
  memberOf,
  rowOf,
  signUp,
  XAI_KEY,
  envWithout,
  fetchIn,
} from '../world.ts'

type PageInit = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

const page = (path: string, init: PageInit = {}): Promise<Response> =>
  fetchWorker(path, {
    redirect: 'manual',
    ...init,
    headers: { accept: 'text/html', ...init.headers },
  })

test('every page but the ways in sends strangers to the way in', async () => {
  const { cookie } = await signUp()
  await api({ cookie }, 'DELETE', '/session')
  for (const headers of [{}, { cookie: '__Host-metrion_session=nonsense' }, { cookie }]) {
    for (const [method, path] of [
      ['GET', '/integrate'],
      ['GET', '/integrate/first-request'],
      ['POST', '/integrate/key'],
      ['POST', '/integrate/key/delete'],
      ['POST', '/integrate/token'],
      ['GET', '/settings'],
      ['GET', '/settings/audit'],
      ['POST', '/settings/members/invite'],
      ['POST', '/settings/members/x/remove'],
      ['POST', '/settings/members/x/role'],
      ['POST', '/settings/tokens'],
      ['POST', '/settings/tokens/x/revoke'],
      ['POST', '/settings/tokens/x/regenerate'],
      ['POST', '/settings/passkeys/x/name'],
      ['POST', '/settings/passkeys/x/remove'],
      ['POST', '/settings/sessions/x/end'],
      ['POST', '/settings/sessions/end-others'],
    ] as const) {
      const response = await page(path, { method, headers })
      expect({ path, status: response.status, to: response.headers.get('location') }).toEqual({
        path,
        status: 303,
        to:
          method === 'GET'
            ? `/sign-in?${new URLSearchParams({ to: path }).toString()}`
            : '/sign-in',
      })
    }
  }
})

test('a page shows the token of its own account and of no other', async () => {
  const [owner, other] = [await makeAccount(), await makeAccount()]
  const html = await (await page('/integrate', { headers: { cookie: owner.cookie } })).text()
  expect(html).toContain(owner.token)
  expect(html).not.toContain(other.token)
  expect(html).not.toContain(XAI_KEY)
})

test('pages have no inline script or style, and may not be framed, kept or referred from', async () => {
  const { cookie } = await makeAccount()
  for (const path of [
    '/integrate',
    '/settings',
    '/settings/tokens',
    '/settings/people',
    '/settings/security',
    '/settings/data',
    '/settings/audit',
    '/sign-in',
    '/join?code=x',
    '/nowhere',
  ]) {
    const response = await page(path, { headers: { cookie } })
    const html = await response.text()
    expect(html).not.toMatch(/ style=|<style|<script(?! type="module" src="\/app.js"><)| on[a-z]+=/)
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('a page escapes what people and xAI wrote', async () => {
  const account = await makeAccount()
  const evil = '"><script>alert(1)</script>'
  const response = await chat(account, {
    headers: { 'x-metrion-user': evil },
    body: { ...CHAT, model: evil },
  })
  await response.arrayBuffer()
  await rowOf(account, response)
  const html = await (
    await page('/integrate/first-request', { headers: { cookie: account.cookie } })
  ).text()
  expect(html).toContain('&lt;script&gt;')
  expect(html).not.toContain('<script>')
})

test('opening a one-time link uses nothing up; its form does, and only from here', async () => {
  const code = await invite()
  const before = await page(`/join?code=${code}`)
  expect([before.status, (await page(`/join?code=${code}`)).status]).toEqual([200, 200])
  const submit = (name: string, headers: Record<string, string> = {}): Promise<Response> =>
    page('/join', { method: 'POST', body: new URLSearchParams({ code, name }), headers })
  expect((await submit('Eve', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  const nameless = await submit(' ')
  expect(nameless.status).toBe(400)
  expect(await nameless.text()).toContain('Send your name.')
  const entered = await submit('Ada')
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/integrate'])
  const again = await submit('Eve')
  expect([again.status, again.headers.has('set-cookie')]).toEqual([410, false])
  expect((await page(`/join?code=${await invite(-1)}`)).status).toBe(410)
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!
  const { tokens } = await (await api({ cookie }, 'GET', '/tokens')).json<{ tokens: object[] }>()
  expect(tokens).toMatchObject([{ name: 'first token' }])
})

test('a link is pasted where the script does not read it, in any of its forms', async () => {
  const code = await invite()
  expect((await page('/join')).status).toBe(200)
  const open = (link: string): Promise<Response> =>
    page('/join/open', { method: 'POST', body: new URLSearchParams({ link }) })
  for (const pasted of [
    `https://h.test/join#code=${code}`,
    `https://h.test/join?code=${code}`,
    ` ${code} `,
  ]) {
    const opened = await open(pasted)
    expect(opened.status).toBe(200)
    expect(await opened.text()).toContain(`value="${code}"`)
  }
  const nothing = await open(' ')
  expect([nothing.status, await nothing.text()]).toEqual([400, expect.stringContaining('paste')])
  expect((await open('nonsense')).status).toBe(410)
})

test('passkeys are for members who are signed in', async () => {
  for (const path of ['/passkeys', '/passkeys/options']) {
    expect((await page(path, { method: 'POST', body: '{}' })).status).toBe(401)
  }
})

const credential = (challenge: string): object => ({
  id: 'unknown',
  response: { clientDataJSON: btoa(JSON.stringify({ challenge })) },
})

test('whatever is wrong with a passkey, the answer is the same', async () => {
  const { cookie } = await signUp()
  const { challenge } = await (
    await page('/sign-in/options', { method: 'POST' })
  ).json<{ challenge: string }>()
  const answers = [
    credential('never given out'),
    credential(challenge),
    { id: 'x', response: { clientDataJSON: '%%%' } },
  ]
  const bodies = await Promise.all(
    answers.map(async (response) => {
      const refused = await page('/sign-in', { method: 'POST', body: JSON.stringify({ response }) })
      expect(refused.status).toBe(401)
      return refused.text()
    }),
  )
  expect(new Set(bodies).size).toBe(1)
  const added = await page('/passkeys', {
    method: 'POST',
    headers: { cookie },
    body: JSON.stringify({ name: 'x', response: credential('never given out') }),
  })
  expect(await added.json()).toMatchObject({ error: { code: 'passkey_refused' } })
})

test('a challenge is answered once, in time, and by whom it was given to', async () => {
  const take = (challenge: string, memberId: string | null, nowMs = 1_000): Promise<boolean> =>
    takeChallenge(env.DB, challenge, memberId, nowMs)
  const member = await env.DB.prepare('SELECT id FROM members LIMIT 1').first<string>('id')
  await keepChallenge(env.DB, 'one', null, 0)
  expect(await take('one', member)).toBe(false)
  expect(await take('one', null)).toBe(true)
  expect(await take('one', null)).toBe(false)
  await keepChallenge(env.DB, 'two', member, 0)
  expect(await take('two', null)).toBe(false)
  expect(await take('two', member, 300_000)).toBe(false)
  await keepChallenge(env.DB, 'three', null, 300_001)
  expect(
    await env.DB.prepare(`SELECT count(*) AS n FROM challenges WHERE challenge = 'two'`).first('n'),
  ).toBe(0)
})

test('one member’s passkeys and sessions are out of another’s reach', async () => {
  const [owner, other] = [await signUp(), await signUp()]
  const ownerMember = await memberOf(owner)
  const ownerId = ownerMember.id
  for (const id of ['a', 'b']) {
    await addPasskey(
      env.DB,
      ownerMember,
      { id: id + ownerId, publicKey: 'x', counter: 0, transports: [] },
      id,
      0,
    )
  }
  const session = (await hashSecret(owner.cookie.split('=')[1]!)).slice(0, 16)
  const post = (path: string): Promise<Response> =>
    page(path, {
      method: 'POST',
      headers: { cookie: other.cookie },
      body: new URLSearchParams({ name: 'stolen' }),
    })
  await post(`/settings/passkeys/a${ownerId}/name`)
  await post(`/settings/passkeys/a${ownerId}/remove`)
  await post(`/settings/sessions/${session}/end`)
  await post('/settings/sessions/end-others')
  expect((await listPasskeys(env.DB, ownerId)).map((passkey) => passkey.name)).toEqual(['a', 'b'])
  expect((await page('/settings', { headers: owner })).status).toBe(200)
})

test('tokens are made, shown, regenerated and revoked, and only those of the account', async () => {
  const [owner, other] = [await makeAccount(), await makeAccount()]
  const post = (account: { cookie: string }, path: string, name = ''): Promise<Response> =>
    page(path, {
      method: 'POST',
      headers: { cookie: account.cookie },
      body: new URLSearchParams({ name }),
    })
  const shown = async (): Promise<string[]> => {
    const html = await (
      await page('/settings/tokens', { headers: { cookie: owner.cookie } })
    ).text()
    return html.match(/sk-metrion-[0-9a-f]{32}/g) ?? []
  }
  expect((await post(owner, '/settings/tokens', ' ')).headers.get('location')).toBe(
    '/settings?notice=no-name',
  )
  expect((await post(owner, '/settings/tokens', 'bot')).headers.get('location')).toBe(
    '/settings?notice=made',
  )
  const [first, bot] = await shown()
  expect(first).toBe(owner.token)

  await post(other, `/settings/tokens/${owner.tokenId}/revoke`)
  await post(other, `/settings/tokens/${owner.tokenId}/regenerate`)
  expect((await chat(owner)).status).toBe(200)
  expect(await shown()).toEqual([first, bot])

  expect(
    (await post(owner, `/settings/tokens/${owner.tokenId}/regenerate`)).headers.get('location'),
  ).toBe('/settings?notice=regenerated')
  expect((await chat(owner)).status).toBe(401)
  const [fresh, stillBot] = await shown()
  expect(stillBot).toBe(bot)
  expect((await chat({ ...owner, token: fresh! })).status).toBe(200)
  await post(owner, `/settings/tokens/${owner.tokenId}/revoke`)
  expect((await chat({ ...owner, token: fresh! })).status).toBe(401)
  expect(
    (await post(owner, `/settings/tokens/${owner.tokenId}/regenerate`)).headers.get('location'),
  ).toBe('/settings?notice=gone')
})

test('settings say when a token was last used', async () => {
  const account = await makeAccount()
  const settings = async (): Promise<string> =>
    (await page('/settings/tokens', { headers: { cookie: account.cookie } })).text()
  expect(await settings()).toContain('not used yet')
  await rowOf(account, await chat(account))
  expect(await settings()).toMatch(
    new RegExp(`last used <time [^>]*>${new Date().toISOString().slice(0, 10)}`),
  )
})

test('a ledger that is down keeps nobody from coming in and saving a key', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { cookie } = await makeAccount()
  for (const path of ['/integrate', '/settings']) {
    expect((await fetchIn(envWithout(['LEDGER']), path, { headers: { cookie } })).status).toBe(200)
  }
  vi.restoreAllMocks()
})

test('whoever tries to come in over and over is told to wait', async () => {
  const attempt = (address: string): Promise<Response> =>
    page('/api/v1/session', {
      method: 'POST',
      headers: { 'cf-connecting-ip': address },
      body: '{"code":"x","name":"x"}',
    })
  const statuses: number[] = []
  // Thirty a minute; should a new minute begin meanwhile, thirty more.
  while (statuses.at(-1) !== 429 && statuses.length < 70) {
    statuses.push((await attempt('203.0.113.7')).status)
  }
  expect(statuses.slice(0, 30).every((status) => status === 401)).toBe(true)
  expect(statuses.at(-1)).toBe(429)
  expect((await attempt('203.0.113.8')).status).toBe(401)
})
