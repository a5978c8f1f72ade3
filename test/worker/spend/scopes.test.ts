import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { script, seenBy } from '../../xai/client.ts'
import { json } from '../../xai/reply.ts'
import {
  api,
  chat,
  CHAT,
  chatInit,
  envWith,
  fetchIn,
  fetchWorker,
  makeAccount,
  rowOf,
  signUp,
  xaiUrl,
  XAI_KEY,
  type Account,
} from '../world.ts'
import { billed, budgetOf, createBudget, USD, type BudgetJson } from './world.ts'

/** One answered request, and its counting. */
async function spend(
  account: Account,
  budget: BudgetJson,
  ticks: number,
  options: Parameters<typeof chat>[1] = {},
) {
  const before = await total(account, budget)
  const response = await chat(account, { reply: json(billed(ticks)), ...options })
  expect(response.status).toBe(200)
  await response.arrayBuffer()
  await expect.poll(() => total(account, budget)).toBe(before + ticks)
}

const total = async (account: Account, { id }: BudgetJson): Promise<number> =>
  (await budgetOf(account, id)).state.reduce((sum, { spent }) => sum + spent, 0)

describe('the scope of a budget', () => {
  test('each requester has its own', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, {
      scope: { kind: 'requester', value: null },
      limit: USD / 100,
    })
    await spend(account, budget, USD / 100, { headers: { 'x-metrion-user': 'ada' } })
    const refused = await chat(account, { headers: { 'x-metrion-user': 'ada' } })
    expect(refused.status).toBe(402)
    expect(await refused.text()).toContain('of the requester ada')
    await spend(account, budget, 5, { headers: { 'x-metrion-user': 'bob' } })
    await spend(account, budget, 7)
    expect((await budgetOf(account, budget.id)).state).toMatchObject([
      { value: 'ada', spent: USD / 100 },
      { value: '', spent: 7 },
      { value: 'bob', spent: 5 },
    ])
    expect((await budgetOf(account, budget.id, '?value=bob')).state).toMatchObject([
      { value: 'bob', spent: 5 },
    ])
  })

  test('one model, by any of its names', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, {
      scope: { kind: 'model', value: 'grok-4.3-latest' },
      limit: USD / 100,
    })
    await spend(account, budget, USD / 100)
    expect((await chat(account)).status).toBe(402)
    const other = await chat(account, { body: { ...CHAT, model: 'grok-4.6' } })
    expect(other.status).toBe(200)
  })

  test('the model that answers counts, too', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, {
      scope: { kind: 'model', value: null },
      limit: USD,
    })
    const reply = json(billed(900, 20, 'grok-4.6'))
    await (await chat(account, { reply })).arrayBuffer()
    await expect
      .poll(async () =>
        (await budgetOf(account, budget.id)).state.map(({ value, spent }) => [value, spent]),
      )
      .toEqual([
        ['grok-4.3', 900],
        ['grok-4.6', 900],
      ])
  })

  test('one token', async () => {
    const account = await makeAccount()
    const second = await api(account, 'POST', '/tokens', { name: 'second', scope: 'all' })
    const { id, token } = await second.json<{ id: string; token: string }>()
    const budget = await createBudget(account, {
      scope: { kind: 'token', value: id },
      limit: USD / 100,
    })
    const other = { ...account, token, tokenId: id }
    await spend(other, budget, USD / 100)
    expect((await chat(other)).status).toBe(402)
    expect((await chat(account)).status).toBe(200)
  })

  test('pass-through counts as well', async () => {
    const account = await makeAccount({ key: null })
    const budget = await createBudget(account, { limit: USD / 100 })
    const id = await script(xaiUrl, json(billed(USD / 100)))
    const headers = { 'x-metrion-token': account.token, 'x-grok-conv-id': id }
    const first = await fetchWorker(
      '/api/proxy/grok/v1/chat/completions',
      chatInit(XAI_KEY, CHAT, headers),
    )
    expect(first.status).toBe(200)
    await first.arrayBuffer()
    await expect.poll(() => total(account, budget)).toBe(USD / 100)
    const second = await fetchWorker(
      '/api/proxy/grok/v1/chat/completions',
      chatInit(XAI_KEY, CHAT, headers),
    )
    expect(second.status).toBe(402)
    expect(await seenBy(xaiUrl, id)).toHaveLength(1)
  })
})

describe('the meter of a budget', () => {
  test('requests: 429 with the seconds until the window ends', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, { meter: 'requests', window: 'day', limit: 2 })
    await spend(account, budget, 1, { reply: json(billed(5)) })
    await spend(account, budget, 1, { reply: json(billed(5)) })
    const refused = await chat(account)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(86_400)
    expect(refused.headers.get('x-should-retry')).toBe('false')
    expect(await refused.text()).toContain('2 requests of 2 requests spent')
  })

  test('lifetime: no time to try again', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, {
      meter: 'tokens',
      window: 'lifetime',
      limit: 2_000,
    })
    await spend(account, budget, 2_000, { reply: json(billed(5, 2_000)) })
    const refused = await chat(account)
    expect(refused.status).toBe(429)
    expect(refused.headers.has('retry-after')).toBe(false)
    const { error } = await refused.json<{ error: Record<string, unknown> }>()
    expect(error['resets_at']).toBeNull()
  })

  test('a refusal and what xAI does not bill count nothing', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, { limit: USD })
    await (await chat(account, { body: '{' })).arrayBuffer()
    await (await chat(account, { reply: json({ error: 'no' }, 429) })).arrayBuffer()
    await spend(account, budget, 11)
    expect(await total(account, budget)).toBe(11)
  })
})

test('a warning refuses nothing, and asks for nothing before xAI', async () => {
  const account = await makeAccount()
  const budget = await createBudget(account, { limit: 1, action: 'warn' })
  await spend(account, budget, 100)
  await spend(account, budget, 100)
  // Nor beside one that refuses, for which the object is asked.
  await createBudget(account, { limit: USD })
  await spend(account, budget, 100)
})

test('unknown costs count as what was reserved, and the row says so', async () => {
  const account = await makeAccount()
  const budget = await createBudget(account)
  const { usage: _usage, ...unbilled } = billed(0)
  const response = await chat(account, { reply: json({ ...unbilled, model: 'grok-unknown' }) })
  await response.arrayBuffer()
  const row = await rowOf(account, response)
  expect(row).toMatchObject({ costBasis: 'unknown', costTicks: null })
  expect(row['countedTicks']).toBeGreaterThan(0)
  await expect.poll(() => total(account, budget)).toBe(row['countedTicks'])
})

test('callers without budgets and rates touch no object', async () => {
  const account = await makeAccount()
  let touched = 0
  const SPEND = new Proxy(env.SPEND, {
    get: (target, name) => {
      touched++
      return Reflect.get(target, name) as unknown
    },
  })
  const response = await fetchIn(
    envWith({ SPEND }),
    '/api/proxy/grok/v1/chat/completions',
    chatInit(account.token),
  )
  expect(response.status).toBe(200)
  expect(touched).toBe(0)
})

test('who may change budgets', async () => {
  const account = await makeAccount()
  const budget = await createBudget(account)
  const stranger = await signUp('Eve')
  expect((await api(stranger, 'GET', `/budgets/${budget.id}`)).status).toBe(404)
  expect((await api(stranger, 'PATCH', `/budgets/${budget.id}`, { limit: 5 })).status).toBe(404)
  expect((await api(stranger, 'DELETE', `/budgets/${budget.id}`)).status).toBe(404)
  expect(await (await api(stranger, 'GET', '/budgets')).json()).toEqual({ budgets: [] })
  expect((await api(null, 'GET', '/budgets')).status).toBe(401)
  await env.DB.prepare(
    `UPDATE members SET role = 'member' WHERE account_id = (SELECT account_id FROM tokens WHERE id = ?1)`,
  )
    .bind(account.tokenId)
    .run()
  expect((await api(account, 'GET', `/budgets/${budget.id}`)).status).toBe(200)
  expect((await api(account, 'PATCH', `/budgets/${budget.id}`, { limit: 5 })).status).toBe(403)
  expect((await api(account, 'POST', '/budgets', {})).status).toBe(403)
  expect((await api(account, 'DELETE', `/budgets/${budget.id}`)).status).toBe(403)
})
