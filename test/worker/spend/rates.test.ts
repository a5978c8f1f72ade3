import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { json } from '../../xai/reply.ts'
import { api, chat, makeAccount, rowOf, type Account } from '../world.ts'
import { billed, createBudget } from './world.ts'

async function limited(limits: object): Promise<Account> {
  const account = await makeAccount()
  const response = await api(account, 'PATCH', `/tokens/${account.tokenId}`, limits)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject(limits)
  return account
}

test('requests a minute', async () => {
  const account = await limited({ requestsPerMinute: 3 })
  const passed = [await chat(account), await chat(account), await chat(account)]
  expect(passed.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(
    passed.map(({ headers }) => headers.get('x-metrion-ratelimit-remaining-requests')),
  ).toEqual(['2', '1', '0'])
  expect(passed[0]!.headers.get('x-metrion-ratelimit-limit-requests')).toBe('3')
  // xAI's own pass unchanged.
  expect(passed[0]!.headers.get('x-ratelimit-limit-requests')).not.toBe('3')
  const refused = await chat(account)
  expect(refused.status).toBe(429)
  expect(refused.headers.get('x-should-retry')).toBeNull()
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20)
  expect(refused.headers.get('ratelimit-limit')).toBe('3')
  expect(refused.headers.get('ratelimit-remaining')).toBe('0')
  expect(Number(refused.headers.get('ratelimit-reset'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
  expect(await rowOf(account, refused)).toMatchObject({
    outcome: 'refused',
    errorCode: 'rate_limit_exceeded',
  })
})

test('tokens a minute: counted when a request has ended', async () => {
  const account = await limited({ tokensPerMinute: 1_000 })
  const first = await chat(account, { reply: json(billed(5, 3_000)) })
  expect(first.status).toBe(200)
  await first.arrayBuffer()
  await rowOf(account, first)
  await expect.poll(async () => (await chat(account)).status).toBe(429)
  const refused = await chat(account)
  // 3,000 tokens are more than two minutes too many.
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(60)
})

test('requests at once', async () => {
  const account = await limited({ concurrent: 1 })
  const slow = chat(account, { reply: { ...json(billed(5)), delayMs: 1_500 } })
  await scheduler.wait(300)
  const refused = await chat(account)
  expect(refused.status).toBe(429)
  expect(await refused.text()).toContain('1 requests at once')
  const answered = await slow
  expect(answered.status).toBe(200)
  await answered.arrayBuffer()
  await rowOf(account, answered)
  await expect.poll(async () => (await chat(account)).status).toBe(200)
})

test('new tokens begin with the account’s limits', async () => {
  const account = await makeAccount()
  await env.DB.prepare(
    'UPDATE accounts SET new_requests_per_minute = 100 WHERE id = (SELECT account_id FROM tokens WHERE id = ?1)',
  )
    .bind(account.tokenId)
    .run()
  const created = await api(account, 'POST', '/tokens', { name: 'new' })
  expect(await created.json()).toMatchObject({
    requestsPerMinute: 100,
    tokensPerMinute: null,
    concurrent: null,
  })
  const none = await api(account, 'POST', '/tokens', { name: 'free', requestsPerMinute: null })
  expect(await none.json()).toMatchObject({ requestsPerMinute: null })
})

test('what remains is told exactly, also where the isolate admits by itself', async () => {
  const account = await limited({ requestsPerMinute: 10 })
  const remaining: (string | null)[] = []
  for (let count = 0; count < 10; count++)
    remaining.push((await chat(account)).headers.get('x-metrion-ratelimit-remaining-requests'))
  expect(remaining.slice(0, 9)).toEqual(['9', '8', '7', '6', '5', '4', '3', '2', '1'])
  expect((await chat(account)).status).toBe(429)
})

test('a budget near its limit takes nothing from the rate', async () => {
  const account = await limited({ requestsPerMinute: 20 })
  await createBudget(account, { meter: 'requests', window: 'day', limit: 24 })
  for (let count = 0; count < 20; count++) expect((await chat(account)).status).toBe(200)
  const refused = await chat(account)
  expect(await refused.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
})

test('tokens a minute that are used up are noticed by the isolate that used them', async () => {
  const account = await limited({ tokensPerMinute: 1_000 })
  const statuses: number[] = []
  for (let count = 0; count < 4; count++) {
    const response = await chat(account, { reply: json(billed(5, 50_000)) })
    statuses.push(response.status)
    await rowOf(account, response)
    await scheduler.wait(600)
  }
  expect(statuses).toEqual([200, 429, 429, 429])
})
