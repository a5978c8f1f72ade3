import { expect, test } from 'vitest'
import { returnPath, signInPath } from '../../../src/http/return-path.ts'
import { chat, fetchWorker, makeAccount, rowOf } from '../world.ts'

test.each([
  ['/logs?model=grok-4.3&range=7d', '/logs?model=grok-4.3&range=7d'],
  [
    '/dashboard/errors?from=2026-11-01T00%3A00%3A00Z',
    '/dashboard/errors?from=2026-11-01T00%3A00%3A00Z',
  ],
  ['/logs/0193?requester=%E2%82%AC', '/logs/0193?requester=%E2%82%AC'],
  ['/', '/'],
])('%s is a page to come back to', (text, path) => {
  expect(returnPath(text)).toBe(path)
})

test.each([
  undefined,
  '',
  'logs',
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  'javascript:alert(1)',
  '/sign-in',
  '/sign-in?to=/sign-in',
  '/sign-out',
  '/join?code=x',
  '/api/v1/requests.csv',
  `/${'a'.repeat(2_000)}`,
])('%j is none', (text) => {
  expect(returnPath(text)).toBe(null)
})

test('a link to a view survives signing in', async () => {
  const view = '/logs?model=grok-4.3&range=7d'
  const away = await fetchWorker(view, { redirect: 'manual' })
  const location = away.headers.get('location')!
  expect(location).toBe(`/sign-in?to=${encodeURIComponent(view)}`)
  const page = await (await fetchWorker(location)).text()
  expect(page).toContain(`data-back="${view.replaceAll('&', '&amp;')}"`)
  const planted = await fetchWorker('/sign-in?to=//evil.example')
  expect(await planted.text()).not.toContain('evil.example')
  // What was posted is not repeated.
  expect(signInPath('POST', 'https://metrion.test/settings/account')).toBe('/sign-in')
})

test('the first page is the dashboard once there has been a request', async () => {
  const start = async (cookie?: string): Promise<string | null> => {
    const headers = cookie ? { cookie } : {}
    return (await fetchWorker('/', { redirect: 'manual', headers })).headers.get('location')
  }
  const account = await makeAccount()
  expect(await start()).toBe('/sign-in')
  expect(await start(account.cookie)).toBe('/integrate')
  await rowOf(account, await chat(account))
  expect(await start(account.cookie)).toBe('/dashboard')
})
