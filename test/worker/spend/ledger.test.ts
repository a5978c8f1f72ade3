import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { fetchBills } from '../../../src/settlement/job.ts'
import { json } from '../../xai/reply.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { script } from '../../xai/client.ts'
import {
  api,
  chat,
  envWith,
  fetchWorker,
  makeAccount,
  rowOf,
  type Account,
  xaiUrl,
} from '../world.ts'
import { accountIdOf, billed, budgetOf, createBudget, USD } from './world.ts'

/** A row that the account's object has not been told of. */
async function writeRow(account: Account, changes: Partial<Parameters<typeof entry>[0]> = {}) {
  const accountId = await accountIdOf(account)
  const atMs = Date.now() - 1_000
  const row = entry({ accountId, tokenId: account.tokenId, atMs, ...changes })
  await writeMessages(env.LEDGER, messagesOf([row]), Date.now())
}

/** On Free, the jobs share fifty queries, and what other tests left may use them up. */
const paid = envWith({ PLAN: 'paid' })

/** The job's next turn is this account's: those of other tests have just had theirs. */
async function check(account: Account): Promise<void> {
  await env.DB.prepare('UPDATE budgets SET checked_at_ms = iif(account_id = ?1, 0, ?2)')
    .bind(await accountIdOf(account), Date.now() + 60_000)
    .run()
  await runJobs(CRONS.often, paid, Date.now())
}

const spentOf = async (account: Account, id: string): Promise<number | undefined> =>
  (await budgetOf(account, id)).state[0]?.spent

const auditOf = async (account: Account): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    'SELECT action, subject FROM audit WHERE account_id = ?1 ORDER BY id',
  )
    .bind(await accountIdOf(account))
    .all<{ action: string; subject: string }>()
  return results
    .filter(({ action }) => action.startsWith('budget.'))
    .map(({ action, subject }) => `${action} ${subject}`)
}

test('a new budget counts what the ledger has of its window, and not what was before', async () => {
  const account = await makeAccount()
  await writeRow(account, { costTicks: 700, costBasis: 'reported', label: 'bob' })
  await writeRow(account, { costTicks: 30, costBasis: 'estimated', label: 'ada' })
  const { id } = await createBudget(account, { window: 'day', limit: USD })
  expect(await spentOf(account, id)).toBe(730)
  const each = await createBudget(account, {
    window: 'lifetime',
    scope: { kind: 'requester', value: null },
  })
  expect(each.state.map(({ value, spent }) => [value, spent])).toEqual([
    ['bob', 700],
    ['ada', 30],
  ])
})

test('a changed budget counts its new window', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { window: 'day', limit: USD })
  await writeRow(account, { costTicks: 700, costBasis: 'reported' })
  expect(await spentOf(account, id)).toBe(0)
  const changed = await api(account, 'PATCH', `/budgets/${id}`, { meter: 'requests', limit: 5 })
  expect(await changed.json()).toMatchObject({ meter: 'requests', state: [{ spent: 1, limit: 5 }] })
})

test('every five minutes the object is corrected by the ledger, and the audit says by how much', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD })
  const response = await chat(account, { reply: json(billed(1_000)) })
  await response.arrayBuffer()
  await rowOf(account, response)
  await expect.poll(() => spentOf(account, id)).toBe(1_000)
  await check(account)
  expect(await spentOf(account, id)).toBe(1_000)
  expect(await auditOf(account)).toEqual(['budget.created month'])
  await writeRow(account, { costTicks: 500, costBasis: 'reported' })
  await check(account)
  expect(await spentOf(account, id)).toBe(1_500)
  expect(await auditOf(account)).toEqual([
    'budget.created month',
    'budget.corrected month: $0.0000001 to $0.00000015',
  ])
  // Less than one percent is corrected, and not told.
  await writeRow(account, { costTicks: 5, costBasis: 'reported' })
  await check(account)
  expect(await spentOf(account, id)).toBe(1_505)
  expect(await auditOf(account)).toHaveLength(2)
})

test('a request whose row is in the ledger before it is reported counts once', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD })
  for (let round = 0; round < 3; round++) {
    const response = await chat(account, { reply: json(billed(1_000)) })
    await response.arrayBuffer()
    await rowOf(account, response)
    await check(account)
  }
  await expect
    .poll(async () => (await budgetOf(account, id)).state[0])
    .toMatchObject({ spent: 3_000, running: 0 })
  await scheduler.wait(1_500)
  expect(await spentOf(account, id)).toBe(3_000)
})

test('deferred work counts when it begins, and its bill in that window', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD * 10 })
  const requestId = crypto.randomUUID()
  const started = await chat(account, {
    path: '/api/proxy/grok/v1/videos/generations',
    reply: json({ request_id: requestId }),
    body: { model: 'grok-imagine-video', prompt: 'a hill', duration: 10 },
  })
  await started.arrayBuffer()
  const row = await rowOf(account, started)
  expect(row).toMatchObject({ costBasis: 'deferred', costTicks: null })
  expect(row['countedTicks']).toBeGreaterThan(0)
  await expect.poll(() => spentOf(account, id)).toBe(row['countedTicks'])
  const video = {
    status: 'done',
    video: { url: 'https://x', duration: 10 },
    model: 'grok-imagine-video',
    usage: { cost_in_usd_ticks: 4_321_000_000 },
  }
  for (let times = 0; times < 2; times++) {
    const conv = await script(xaiUrl, json(video))
    const fetched = await fetchWorker(`/api/proxy/grok/v1/videos/${requestId}`, {
      headers: { authorization: `Bearer ${account.token}`, 'x-grok-conv-id': conv },
    })
    expect(fetched.status).toBe(200)
    await fetched.arrayBuffer()
    await rowOf(account, fetched)
    await expect.poll(() => spentOf(account, id)).toBe(4_321_000_000)
  }
  await scheduler.wait(1_000)
  await check(account)
  expect(await spentOf(account, id)).toBe(4_321_000_000)
})

test('the time zone decides where windows begin', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { window: 'day' })
  const form = { name: 'x', currency: 'USD', timeZone: 'Asia/Kolkata' }
  const saved = await fetchWorker('/settings/account', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie },
    body: new URLSearchParams(form),
  })
  expect(saved.status).toBe(303)
  const [state] = (await budgetOf(account, id)).state
  expect(state!.windowStart).toMatch(/T18:30:00.000Z$/)
})

test('a bill that a job fetches counts in the window in which its work began', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD * 10 })
  const requestId = crypto.randomUUID()
  const started = await chat(account, {
    path: '/api/proxy/grok/v1/videos/generations',
    reply: json({ request_id: requestId }),
    body: { model: 'grok-imagine-video', prompt: 'a hill', duration: 10 },
  })
  await started.arrayBuffer()
  const { countedTicks } = await rowOf(account, started)
  await expect.poll(() => spentOf(account, id)).toBe(countedTicks)
  const video = {
    status: 'done',
    video: { url: 'https://x', duration: 10 },
    model: 'grok-imagine-video',
    usage: { cost_in_usd_ticks: 4_321_000_000 },
  }
  const { fetch } = globalThis
  globalThis.fetch = () => Promise.resolve(Response.json(video))
  try {
    await env.LEDGER.prepare('UPDATE works SET check_at_ms = iif(id = ?1, 1, NULL)')
      .bind(requestId)
      .run()
    await fetchBills(env, Date.now())
  } finally {
    globalThis.fetch = fetch
  }
  expect(await spentOf(account, id)).toBe(4_321_000_000)
  await check(account)
  expect(await spentOf(account, id)).toBe(4_321_000_000)
})
