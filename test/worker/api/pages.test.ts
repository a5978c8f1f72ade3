import { expect, test } from 'vitest'
import {
  api,
  CHAT,
  chat,
  fetchWorker,
  invite,
  makeAccount,
  rowOf,
  signUp,
  XAI_KEY,
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
  for (const headers of [{}, { cookie: 'metrion_session=nonsense' }, { cookie }]) {
    for (const [method, path] of [
      ['GET', '/integrate'],
      ['GET', '/integrate/first-request'],
      ['POST', '/integrate/key'],
      ['POST', '/integrate/key/delete'],
      ['POST', '/integrate/token'],
    ] as const) {
      const response = await page(path, { method, headers })
      expect({ path, status: response.status, to: response.headers.get('location') }).toEqual({
        path,
        status: 303,
        to: '/sign-in',
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
  for (const path of ['/integrate', '/sign-in', '/join?code=x', '/nowhere']) {
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
  expect(await nameless.text()).toContain('Please say what to call you')
  const entered = await submit('Ada')
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/integrate'])
  const again = await submit('Eve')
  expect([again.status, again.headers.has('set-cookie')]).toEqual([410, false])
  expect((await page(`/join?code=${await invite(-1)}`)).status).toBe(410)
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!
  const { tokens } = await (await api({ cookie }, 'GET', '/tokens')).json<{ tokens: object[] }>()
  expect(tokens).toMatchObject([{ name: 'first token' }])
})
