import { describe, expect, test } from 'vitest'
import { api, chat, makeAccount, rowOf } from '../world.ts'
import { json } from '../../xai/reply.ts'
import { billed, budgetOf, createBudget, USD } from './world.ts'

describe('a budget', () => {
  test('counts what requests cost, and refuses when it is used up', async () => {
    const account = await makeAccount()
    const budget = await createBudget(account, { limit: USD / 10 })
    const first = await chat(account, { reply: json(billed(USD / 20)) })
    expect(first.status).toBe(200)
    await rowOf(account, first)
    await expect
      .poll(async () => (await budgetOf(account, budget.id)).state[0]?.spent)
      .toBe(USD / 20)
    const second = await chat(account, { reply: json(billed(USD / 20)) })
    expect(second.status).toBe(200)
    await second.arrayBuffer()
    await expect
      .poll(async () => (await budgetOf(account, budget.id)).state[0])
      .toMatchObject({ spent: USD / 10, reserved: 0, running: 0, value: null })
    const third = await chat(account)
    expect(third.status).toBe(402)
    expect(third.headers.get('x-should-retry')).toBe('false')
    const { error } = await third.json<{ error: Record<string, string> }>()
    expect(error).toMatchObject({ type: 'insufficient_quota', code: 'budget_exceeded' })
    expect(error['message']).toContain('“month”')
    expect(error['message']).toContain('$0.10 of $0.10 spent')
    expect(error['resets_at']).toMatch(/^\d{4}-\d\d-01T00:00:00Z$/)
    expect(await rowOf(account, third)).toMatchObject({
      status: 402,
      outcome: 'refused',
      errorCode: 'budget_exceeded',
      costTicks: null,
    })
    await api(account, 'DELETE', `/budgets/${budget.id}`)
    expect((await chat(account)).status).toBe(200)
  })
})
