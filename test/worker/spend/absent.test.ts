import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { createBudget } from './world.ts'
import { chatInit, fetchIn, makeAccount, rowOf } from '../world.ts'

/** As `npm run try` deploys it. */
function withoutOptional(): Env {
  const { SPEND: _, ANALYTICS: __, SIGN_IN_LIMIT: ___, ...rest } = env
  return rest
}

const BUDGET = {
  name: 'month',
  scope: { kind: 'account' },
  meter: 'cost',
  window: 'month',
  limit: 1_000,
  action: 'refuse',
}

test('without the optional bindings, requests are served and have their rows', async () => {
  const account = await makeAccount()
  const on = withoutOptional()
  const response = await fetchIn(on, '/api/proxy/grok/v1/chat/completions', chatInit(account.token))
  expect(response.status).toBe(200)
  expect(await rowOf(account, response)).toMatchObject({ outcome: 'complete' })
})

test('a limit that nothing would check is not saved', async () => {
  const account = await makeAccount()
  const { cookie, tokenId } = account
  const on = withoutOptional()
  const json = async (method: string, path: string, body: unknown): Promise<Response> =>
    fetchIn(on, `/api/v1${path}`, { method, headers: { cookie }, body: JSON.stringify(body) })
  const form = (path: string, fields: Record<string, string>): Promise<Response> =>
    fetchIn(on, path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, accept: 'text/html' },
      body: new URLSearchParams(fields),
    })

  for (const refused of [
    await json('POST', '/budgets', BUDGET),
    await json('PATCH', `/tokens/${tokenId}`, { requestsPerMinute: 5 }),
    await json('POST', '/tokens', { name: 'new', concurrent: 1 }),
  ]) {
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: 'limits_unavailable' } })
  }
  const token = await form(`/tokens/${tokenId}`, {
    name: 'x',
    scope: 'all',
    requestsPerMinute: '5',
  })
  expect(await token.text()).toContain('has no Durable Object')
  const settings = await form('/settings/account', {
    name: 'Mine',
    currency: 'USD',
    timeZone: 'UTC',
    newTokenConcurrent: '3',
  })
  expect(await settings.text()).toContain('has no Durable Object')

  // Taking limits away, and everything else, works.
  expect((await json('PATCH', `/tokens/${tokenId}`, { concurrent: null })).status).toBe(200)
  const list = async (): Promise<unknown> =>
    (await (await json('GET', '/budgets', undefined)).json<{ budgets: unknown }>()).budgets
  expect(await list()).toEqual([])
  // One from when there was a Durable Object.
  await createBudget(account)
  expect(await list()).toMatchObject([{ available: false, state: [] }])
})

test('the pages say what is missing', async () => {
  const { cookie } = await makeAccount()
  const on = withoutOptional()
  const page = async (path: string): Promise<string> =>
    (await fetchIn(on, path, { headers: { cookie, accept: 'text/html' } })).text()
  const limits = await page('/limits')
  expect(limits).toContain('Budgets and rate limits are not available')
  expect(limits).not.toContain('New budget')
  const health = await page('/health')
  expect(health).toContain(
    'SPEND: not in this deployment. Budgets and rate limits are not available.',
  )
  expect(health).not.toContain('All checks pass')
  for (const path of ['/dashboard', '/logs', '/integrate', '/settings', '/frame/state'])
    expect((await fetchIn(on, path, { headers: { cookie } })).status).toBe(200)
})
