import { expect, test } from 'vitest'
import { json, stream, events } from '../../xai/reply.ts'
import { chat, CHAT, makeAccount, rowOf, type Account } from '../world.ts'
import { billed, budgetOf, createBudget, USD } from './world.ts'

const image = (account: Account, count: number, ticks: number) =>
  chat(account, {
    path: '/api/proxy/grok/v1/images/generations',
    reply: json({ data: [], usage: { cost_in_usd_ticks: ticks } }),
    body: { model: 'grok-imagine-image', prompt: 'a hill', n: count },
  })

test('images are reserved by their number, whatever those before them cost', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD / 10 })
  expect((await image(account, 10, 0)).status).toBe(402)
  const one = await image(account, 1, USD / 50)
  expect(one.status).toBe(200)
  await rowOf(account, one)
  await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(USD / 50)
  expect((await image(account, 10, 0)).status).toBe(402)
})

test('a long prompt is expected to cost what it is, while a short one runs', async () => {
  const account = await makeAccount()
  await createBudget(account, { meter: 'tokens', limit: 20_000 })
  const short = chat(account, {
    reply: { ...json(billed(5)), delayMs: 800 },
    body: { ...CHAT, max_tokens: 1 },
  })
  await scheduler.wait(200)
  const messages = [{ role: 'user', content: 'word '.repeat(40_000) }]
  const long = await chat(account, { body: { ...CHAT, messages, max_tokens: 900 } })
  expect(long.status).toBe(429)
  expect(await long.text()).toContain('does not have the 50,')
  expect((await short).status).toBe(200)
})

test('the 90th percentile of the latest requests is expected of the next', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { meter: 'tokens', limit: 1_000_000 })
  for (let count = 1; count <= 10; count++) {
    const response = await chat(account, { reply: json(billed(5, count * 100)) })
    await response.arrayBuffer()
    await rowOf(account, response)
  }
  await expect.poll(async () => (await budgetOf(account, id)).state[0]?.spent).toBe(5_500)
  // Leases are given back when nothing has been asked for some time.
  await expect
    .poll(async () => (await budgetOf(account, id)).state[0], { timeout: 15_000 })
    .toMatchObject({ reserved: 0, leased: 0 })
  const slow = chat(account, { reply: { ...json(billed(5)), delayMs: 1_500 } })
  await expect
    .poll(async () => (await budgetOf(account, id)).state[0])
    .toMatchObject({ reserved: 900, running: 1 })
  await (await slow).arrayBuffer()
})

test(
  'a running answer reserves what it has used, also where it is not stopped',
  { timeout: 60_000 },
  async () => {
    const account = await makeAccount()
    const { id } = await createBudget(account, { meter: 'tokens', limit: 2_500, action: 'refuse' })
    const deltas = Array.from({ length: 4_000 }, (_, index) => ({
      model: 'grok-4.3',
      choices: [{ index: 0, delta: { content: `word ${index} ` }, finish_reason: null }],
    }))
    const slow = await chat(account, {
      reply: stream(events([...deltas, '[DONE]']), { gapMs: 1 }),
      body: { ...CHAT, stream: true },
    })
    expect(slow.status).toBe(200)
    const text = slow.text()
    await expect
      .poll(async () => (await budgetOf(account, id)).state[0]?.reserved, { timeout: 40_000 })
      .toBeGreaterThan(2_000)
    expect((await chat(account)).status).toBe(429)
    // It ends by itself.
    expect(await text).toContain('word 3999')
  },
)
