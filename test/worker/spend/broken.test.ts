import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { json } from '../../xai/reply.ts'
import { api, chat, chatInit, envWith, fetchIn, fetchWorker, makeAccount, rowOf } from '../world.ts'
import { accountIdOf, billed, budgetOf, createBudget, USD } from './world.ts'

const PATH = '/api/proxy/grok/v1/chat/completions'

/** An environment whose object fails, or never answers. */
function withObject(sync: () => Promise<unknown>): Env {
  const SPEND = { getByName: () => ({ sync }) } as unknown as DurableObjectNamespace
  return envWith({ SPEND })
}
const failing = (): Env => withObject(() => Promise.reject(new Error('the object is down')))
const hanging = (): Env => withObject(() => new Promise(() => {}))

const unchecked = async (): Promise<{ passed: number; refused: number }> =>
  (await env.LEDGER.prepare(
    'SELECT total(passed) AS passed, total(refused) AS refused FROM unchecked_requests',
  ).first<{
    passed: number
    refused: number
  }>())!

describe('an object that does not answer', () => {
  test.each([
    ['fails', failing],
    ['hangs', hanging],
  ])('open: the request passes, and is counted as unchecked: it %s', async (_, environment) => {
    const account = await makeAccount()
    await createBudget(account, { limit: USD })
    const before = await unchecked()
    const beganMs = Date.now()
    const response = await fetchIn(environment(), PATH, chatInit(account.token), false)
    expect(response.status).toBe(200)
    expect(Date.now() - beganMs).toBeLessThan(5_000)
    await rowOf(account, response)
    await expect.poll(async () => (await unchecked()).passed).toBe(before.passed + 1)
    // The next callers do not wait for it again.
    const again = await fetchIn(environment(), PATH, chatInit(account.token), false)
    expect(again.status).toBe(200)
  })

  test('closed: 503, which says why', async () => {
    const account = await makeAccount()
    await createBudget(account, { limit: USD, whenUnavailable: 'closed', name: 'strict' })
    const response = await fetchIn(failing(), PATH, chatInit(account.token), false)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'budget_unavailable' } })
    expect(await rowOf(account, response)).toMatchObject({
      errorCode: 'budget_unavailable',
      outcome: 'refused',
    })
  })

  test('what was spent meanwhile is reported when it answers again', async () => {
    const account = await makeAccount()
    const { id } = await createBudget(account, { limit: USD })
    const passed = await fetchIn(failing(), PATH, chatInit(account.token), false)
    const row = await rowOf(account, passed)
    expect((await budgetOf(account, id)).state[0]?.spent).toBe(0)
    // After the pause in which it is not asked at all.
    await scheduler.wait(3_200)
    const next = await chat(account, { reply: json(billed(1_000)) })
    await next.arrayBuffer()
    await rowOf(account, next)
    await expect
      .poll(async () => (await budgetOf(account, id)).state[0]?.spent)
      .toBe(1_000 + Number(row['costTicks']))
  })
})

test('an object that is killed keeps what was spent and reserved', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD })
  const response = await chat(account, { reply: json(billed(700)) })
  await response.arrayBuffer()
  await rowOf(account, response)
  await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(700)
  const slow = chat(account, { reply: { ...json(billed(300)), delayMs: 1_500 } })
  await expect.poll(async () => (await budgetOf(account, id)).state[0]?.running).toBe(1)
  await abortAllDurableObjects()
  const [after] = (await budgetOf(account, id)).state
  expect(after).toMatchObject({ spent: 700, running: 1 })
  expect(after!.reserved).toBeGreaterThan(0)
  await (await slow).arrayBuffer()
  await expect
    .poll(async () => (await budgetOf(account, id)).state[0])
    .toMatchObject({ spent: 1_000, running: 0 })
})

test('KV that is late: the request passes, and the ledger makes up for it', async () => {
  const account = await makeAccount()
  await (await chat(account)).arrayBuffer()
  const { createBudget: create } = await import('../../../src/spend/budgets/store.ts')
  // The account's caches are not told.
  const accountId = await accountIdOf(account)
  const late = { ...env, TOKENS: { ...env.TOKENS, delete: async () => {} } } as unknown as Env
  const budget = await create(
    late,
    { accountId, name: 'Ada' },
    {
      name: 'late',
      scope: 'account',
      value: null,
      meter: 'requests',
      window: 'day',
      limit: 1,
      thresholds: [],
      action: 'refuse',
      whenUnavailable: 'open',
      increaseBy: null,
      increaseUntilMs: null,
    },
    Date.now(),
  )
  await expect.poll(async () => (await budgetOf(account, budget!.id)).state[0]?.spent).toBe(1)
})

describe('changes', () => {
  test('a limit lowered below what is spent refuses at once', async () => {
    const account = await makeAccount()
    const { id } = await createBudget(account, { limit: USD })
    const response = await chat(account, { reply: json(billed(USD / 2)) })
    await response.arrayBuffer()
    await rowOf(account, response)
    await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(USD / 2)
    const lowered = await api(account, 'PATCH', `/budgets/${id}`, { limit: USD / 4 })
    expect(await lowered.json()).toMatchObject({ state: [{ spent: USD / 2, limit: USD / 4 }] })
    expect((await chat(account)).status).toBe(402)
  })

  test('a temporary increase lets more pass until it ends', async () => {
    const account = await makeAccount()
    const { id } = await createBudget(account, { meter: 'requests', window: 'day', limit: 1 })
    const first = await chat(account)
    await rowOf(account, first)
    await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(1)
    expect((await chat(account)).status).toBe(429)
    const until = new Date(Date.now() + 4_000).toISOString()
    const raised = await api(account, 'PATCH', `/budgets/${id}`, { increase: { by: 5, until } })
    expect(await raised.json()).toMatchObject({ increase: { by: 5, until }, state: [{ limit: 6 }] })
    expect((await chat(account)).status).toBe(200)
    await scheduler.wait(4_100)
    expect((await budgetOf(account, id)).state[0]?.limit).toBe(1)
    expect((await chat(account)).status).toBe(429)
  })

  test('a budget that is deleted while requests run is gone, and nothing breaks', async () => {
    const account = await makeAccount()
    const { id } = await createBudget(account, { action: 'stop' })
    const slow = chat(account, { reply: { ...json(billed(300)), delayMs: 1_000 } })
    await expect.poll(async () => (await budgetOf(account, id)).state[0]?.running).toBe(1)
    expect((await api(account, 'DELETE', `/budgets/${id}`)).status).toBe(204)
    const answered = await slow
    expect(answered.status).toBe(200)
    expect(await rowOf(account, answered)).toMatchObject({ outcome: 'complete' })
    expect((await chat(account)).status).toBe(200)
  })

  test('an account that is deleted takes its object’s amounts with it', async () => {
    const account = await makeAccount()
    const accountId = await accountIdOf(account)
    const { id } = await createBudget(account)
    const response = await chat(account, { reply: json(billed(300)) })
    await rowOf(account, response)
    await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(300)
    const page = await fetchWorker('/settings', { headers: { cookie: account.cookie } })
    const [, name = ''] =
      /id="account-name" name="name" value="([^"]*)"/.exec(await page.text()) ?? []
    const deleted = await fetchWorker('/settings/delete', {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: account.cookie },
      body: new URLSearchParams({ name: name.replaceAll('&#39;', "'") }),
    })
    expect(deleted.headers.get('location')).toContain('gone')
    const { spendOf } = await import('../../../src/spend/stub-store.ts')
    await expect
      .poll(async () => (await spendOf(env, accountId).state(accountId, id, null)).values)
      .toEqual([])
    expect((await chat(account)).status).toBe(401)
  })
})
