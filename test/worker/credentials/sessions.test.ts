import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import worker from '../../../src/index.ts'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { api, fetchWorker, invite, signUp } from '../world.ts'

const NAME = '__Host-metrion_session'

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const ctx = createExecutionContext()
  const request = new Request(url, init) as Request<unknown, IncomingRequestCfProperties>
  const response = await worker.fetch(request, env, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

async function signInAt(origin: string): Promise<string> {
  const response = await ask(`${origin}/api/v1/session`, {
    method: 'POST',
    body: JSON.stringify({ code: await invite(), name: 'Ada' }),
  })
  return response.headers.get('set-cookie') ?? ''
}

test('on https the cookie is one that no other host and no http can set', async () => {
  const cookie = await signInAt('https://metrion.test')
  expect(cookie).toMatch(/^__Host-metrion_session=[\w-]{43};.* Path=\/;.*; Secure/)
  expect(cookie).not.toContain('Domain')
})

test('on http, two deployments on one host have cookies of their own', async () => {
  const [one, other] = [
    await signInAt('http://localhost:8787'),
    await signInAt('http://localhost:8788'),
  ]
  expect(one).toMatch(/^metrion_session_8787=/)
  expect(other).toMatch(/^metrion_session_8788=/)
  expect(await signInAt('http://localhost')).toMatch(/^metrion_session_80=/)
  const cookies = [one, other].map((cookie) => cookie.split(';')[0]).join('; ')
  for (const port of [8787, 8788]) {
    const response = await ask(`http://localhost:${port}/api/v1/tokens`, {
      headers: { cookie: cookies },
    })
    expect(response.status).toBe(200)
  }
  const wrong = await ask('http://localhost:8789/api/v1/tokens', { headers: { cookie: cookies } })
  expect(wrong.status).toBe(401)
})

test('a cookie of the same name that is none does not keep anybody out', async () => {
  const { cookie } = await signUp()
  const planted = 'x'.repeat(43)
  for (const cookies of [
    `${NAME}=${planted}; ${cookie}`,
    `${NAME}=; ${NAME}=nonsense; ${cookie}; a=b`,
    `${cookie}; ${NAME}=${planted}`,
  ])
    expect((await api({ cookie: cookies }, 'GET', '/tokens')).status).toBe(200)
  for (const cookies of [`${NAME}=${planted}`, cookie.replace('__Host-', ''), `x${cookie}`])
    expect((await api({ cookie: cookies }, 'GET', '/tokens')).status).toBe(401)
})

test('signing out ends the session among them, and takes the cookie away', async () => {
  const { cookie } = await signUp()
  const both = `${NAME}=${'x'.repeat(43)}; ${cookie}`
  const out = await fetchWorker('/sign-out', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: both },
  })
  expect(out.headers.get('set-cookie')).toMatch(
    /^__Host-metrion_session=; Max-Age=0; Path=\/; Secure/,
  )
  expect((await api({ cookie }, 'GET', '/tokens')).status).toBe(401)
})
