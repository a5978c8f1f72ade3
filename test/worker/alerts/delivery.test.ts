import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { MOST_AN_HOUR } from '../../../src/alerts/deliver/message-store.ts'
import { deliver } from '../../../src/alerts/deliver/store.ts'
import { announceWaiting, tidyAlerts } from '../../../src/alerts/deliver/job.ts'
import { raise, type AlertNote } from '../../../src/alerts/raise-store.ts'
import type { Env } from '../../../src/env.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { api, chat, envWith, makeAccount, memberOf, rowOf, type Account } from '../world.ts'
import { billed, createBudget } from '../spend/world.ts'
import { json } from '../../xai/reply.ts'
import {
  alertFacts,
  eventsIn,
  makeChannel,
  plan,
  receivedBy,
  USD,
  write,
  type Hook,
  makeRule,
} from './world.ts'

const MINUTE = 60_000

interface Played {
  account: Account
  accountId: string
  hook: Hook
}

async function withChannel(kind: 'webhook' | 'slack' = 'webhook'): Promise<Played> {
  const account = await makeAccount()
  return {
    account,
    accountId: (await memberOf(account)).accountId,
    hook: await makeChannel(account, kind),
  }
}

/** A queue that delivers when the played clock says so, and the clock. */
function playedQueue(startMs: number) {
  const due: { atMs: number; note: AlertNote }[] = []
  const clock = { nowMs: startMs }
  const add = (note: AlertNote, delaySeconds = 0): void =>
    void due.push({ atMs: clock.nowMs + delaySeconds * 1_000, note })
  const queue = {
    send: async (note: AlertNote, options?: { delaySeconds?: number }) =>
      add(note, options?.delaySeconds),
    sendBatch: async (list: { body: AlertNote }[]) => list.forEach(({ body }) => add(body)),
  } as unknown as Queue
  const played = envWith({ ALERTS_QUEUE: queue })
  /** Delivers all that is due until a moment, in order. */
  const until = async (endMs: number): Promise<void> => {
    for (;;) {
      due.sort((one, other) => one.atMs - other.atMs)
      const next = due[0]
      if (!next || next.atMs > endMs) break
      due.shift()
      clock.nowMs = Math.max(clock.nowMs, next.atMs)
      await deliver(played, next.note, clock.nowMs)
    }
    clock.nowMs = endMs
  }
  return { env: played, until, due }
}

const tell = (bindings: Env, accountId: string, onceKey: string, atMs: number) =>
  raise(bindings, [{ accountId, onceKey, facts: alertFacts(), channels: null }], atMs)

const deliveriesOf = async (accountId: string) =>
  (
    await env.DB.prepare('SELECT * FROM deliveries WHERE account_id = ?1 ORDER BY message_id')
      .bind(accountId)
      .all<{ state: string; attempts: number; error: string | null }>()
  ).results

test(
  'a webhook that is down for an hour gets every message, each once',
  { timeout: 60_000 },
  async () => {
    const { accountId, hook } = await withChannel()
    const startMs = Date.now()
    const queue = playedQueue(startMs)
    await plan(hook.name, ['error', 'redirect', 'reset', 'error', 'gone', 'error', 'error'])
    await tell(queue.env, accountId, 'one', startMs)
    await tell(queue.env, accountId, 'two', startMs)
    await queue.until(startMs + 2 * MINUTE)
    // The first retry comes within two minutes.
    expect((await receivedBy(hook.name)).length).toBeGreaterThanOrEqual(4)
    await queue.until(startMs + HOUR_MS)
    expect(await deliveriesOf(accountId)).toMatchObject([
      { state: 'waiting' },
      { state: 'waiting' },
    ])
    await plan(hook.name, ['ok'])
    await queue.until(startMs + 3 * HOUR_MS)
    const delivered = (await receivedBy(hook.name)).filter(({ step }) => step === 'ok')
    const ids = delivered.map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(2)
    expect(ids).toHaveLength(2)
    expect(await deliveriesOf(accountId)).toMatchObject([
      { state: 'delivered', error: null },
      { state: 'delivered', error: null },
    ])
  },
)

test(
  'a webhook that never answers is given up after a day, and shown as failing',
  { timeout: 60_000 },
  async () => {
    const { account, accountId, hook } = await withChannel()
    const startMs = Date.now()
    const queue = playedQueue(startMs)
    await plan(hook.name, ['hang', 'error'])
    await tell(queue.env, accountId, 'one', startMs)
    await queue.until(startMs)
    expect(await deliveriesOf(accountId)).toMatchObject([
      { state: 'waiting', attempts: 1, error: 'no answer within 10 s' },
    ])
    await queue.until(startMs + 2 * DAY_MS)
    const [given] = await deliveriesOf(accountId)
    expect(given).toMatchObject({ state: 'failed', error: 'answered 500' })
    expect(given!.attempts).toBeGreaterThan(20)
    expect(queue.due).toHaveLength(0)
    const { channels } = await (
      await api(account, 'GET', '/channels')
    ).json<{ channels: { isFailing: boolean }[] }>()
    expect(channels[0]?.isFailing).toBe(true)
  },
)

test('consumers that run at the same time send a message once', async () => {
  const { accountId, hook } = await withChannel()
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  await tell(queue.env, accountId, 'one', nowMs)
  const { note } = queue.due[0]!
  await Promise.all(Array.from({ length: 6 }, () => deliver(queue.env, note, nowMs)))
  expect(await receivedBy(hook.name)).toHaveLength(1)
})

test('what is raised twice is told once, and what the queue lost is announced again', async () => {
  const { accountId, hook } = await withChannel()
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  await tell(queue.env, accountId, 'same', nowMs)
  await tell(queue.env, accountId, 'same', nowMs)
  expect(queue.due).toHaveLength(1)
  queue.due.length = 0
  await announceWaiting(queue.env, nowMs + 5 * MINUTE)
  await queue.until(nowMs + 5 * MINUTE)
  expect(await receivedBy(hook.name)).toHaveLength(1)
})

test('a channel that was deleted is not waited for', async () => {
  const { account, accountId, hook } = await withChannel()
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  await plan(hook.name, ['error'])
  await tell(queue.env, accountId, 'one', nowMs)
  await queue.until(nowMs)
  await api(account, 'DELETE', `/channels/${hook.channel.id}`)
  await queue.until(nowMs + HOUR_MS)
  expect(await deliveriesOf(accountId)).toMatchObject([
    { state: 'failed', error: 'the channel was deleted' },
  ])
})

test('a flood is held back, and says so', { timeout: 60_000 }, async () => {
  const { accountId, hook } = await withChannel()
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  const raised = Array.from({ length: MOST_AN_HOUR + 20 }, (_, index) => ({
    accountId,
    onceKey: `k${index}`,
    facts: alertFacts(),
    channels: null,
  }))
  await raise(queue.env, raised, nowMs)
  await queue.until(nowMs)
  const events = eventsIn(await receivedBy(hook.name))
  expect(events).toHaveLength(MOST_AN_HOUR)
  expect(events.filter(({ data }) => data.text.includes('only on the Alerts page'))).toHaveLength(1)
  // Warnings have their own number: they keep back no alert, nor the other way round.
  const warning = { ...raised[0]!, onceKey: 'w', facts: alertFacts({ level: 'warning' }) }
  await raise(queue.env, [warning], nowMs)
  await queue.until(nowMs)
  expect(await receivedBy(hook.name)).toHaveLength(MOST_AN_HOUR + 1)
})

test('a rule whose only channel is deleted is sent to none, and not to all', async () => {
  const { account, accountId, hook } = await withChannel()
  const other = await makeChannel(account)
  const { id } = await makeRule(account, {
    kind: 'volume',
    threshold: 1,
    channels: [hook.channel.id],
  })
  await api(account, 'DELETE', `/channels/${hook.channel.id}`)
  const listed = await (
    await api(account, 'GET', '/alerts')
  ).json<{ alerts: { id: string; channels: string[] }[] }>()
  expect(listed.alerts.find((one) => one.id === id)?.channels).toEqual([])
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  await raise(queue.env, [{ accountId, onceKey: 'x', facts: alertFacts(), channels: [] }], nowMs)
  await queue.until(nowMs)
  expect(await receivedBy(other.name)).toEqual([])
})

test('old messages are deleted with their deliveries', async () => {
  const { accountId } = await withChannel()
  const oldMs = Date.now() - 93 * DAY_MS
  const queue = playedQueue(oldMs)
  await tell(queue.env, accountId, 'old', oldMs)
  await queue.until(oldMs)
  expect(await deliveriesOf(accountId)).toHaveLength(1)
  await tidyAlerts(env, Date.now())
  expect(await deliveriesOf(accountId)).toHaveLength(0)
})

/** What came to a hook, once there are so many. */
async function eventsOf(hook: Hook, count: number) {
  await vi.waitFor(
    async () => expect((await receivedBy(hook.name)).length).toBeGreaterThanOrEqual(count),
    { timeout: 15_000, interval: 100 },
  )
  return eventsIn(await receivedBy(hook.name))
}

const spend = async (account: Account, ticks: number, requester = 'anna'): Promise<void> => {
  const headers = { 'x-metrion-user': requester }
  await rowOf(account, await chat(account, { reply: json(billed(ticks)), headers }))
}

test(
  'a budget tells of its thresholds by the real queue, each once in its window',
  { timeout: 60_000 },
  async () => {
    const { account, hook } = await withChannel()
    const budget = await createBudget(account, { name: 'Team', limit: 10 * USD, action: 'warn' })
    await spend(account, 8 * USD)
    await spend(account, 1.2 * USD, 'bob')
    const [warning] = await eventsOf(hook, 1)
    expect(warning).toMatchObject({
      type: 'alert.budget',
      data: {
        level: 'warning',
        budget: { id: budget.id, name: 'Team' },
        value: 9.2 * USD,
        limit: 10 * USD,
        unit: 'ticks',
        detail: { percent: 90, window: 'month' },
        basis: { reportedTicks: 9.2 * USD, estimatedTicks: 0, unknownCosts: 0 },
      },
    })
    expect(warning!.data.title).toBe('The budget “Team” has reached 90%: $9.20 of $10.00')
    expect(warning!.data.text).toContain('100% is xAI’s own bill.')
    expect(warning!.data.text).toContain('By requester: anna 87%, bob 13%.')
    const top = warning!.data.causes.filter(({ by }) => by === 'requester')
    expect(top[0]).toMatchObject({ name: 'anna', amount: 8 * USD })
    expect(warning!.data.causes.find(({ by }) => by === 'token')?.name).toBe('first')
    const url = new URL(warning!.url)
    expect(url.origin + url.pathname).toBe('https://metrion.test/logs')
    await spend(account, 0.5 * USD)
    await spend(account, 0.4 * USD)
    await spend(account, 5 * USD)
    const events = await eventsOf(hook, 2)
    expect(events.map(({ data }) => `${data.level} ${String(data.detail['percent'])}`)).toEqual([
      'warning 90',
      'alert 100',
    ])
    await scheduler.wait(500)
    expect(await receivedBy(hook.name)).toHaveLength(2)
  },
)

test(
  'the link of a message leads to the requests that it is about',
  { timeout: 60_000 },
  async () => {
    const { account, hook } = await withChannel()
    const scope = { kind: 'requester', value: null }
    await createBudget(account, {
      name: 'Each',
      scope,
      limit: USD,
      action: 'warn',
      thresholds: [50],
    })
    await spend(account, 0.2 * USD, 'bob')
    await spend(account, 0.6 * USD, 'anna')
    const [event] = await eventsOf(hook, 1)
    const { pathname, search } = new URL(event!.url)
    expect(pathname).toBe('/logs')
    const listed = await api(account, 'GET', `/requests${search}`)
    const { requests } = await listed.json<{ requests: { requester: string }[] }>()
    expect(requests.map(({ requester }) => requester)).toEqual(['anna'])
  },
)

test(
  'a limit that was raised tells again, and the one before does not',
  { timeout: 60_000 },
  async () => {
    const { account, hook } = await withChannel()
    const { id } = await createBudget(account, { limit: USD, action: 'warn', thresholds: [100] })
    await spend(account, 1.5 * USD)
    await eventsOf(hook, 1)
    await api(account, 'PATCH', `/budgets/${id}`, { limit: 2 * USD })
    await spend(account, 0.6 * USD)
    await eventsOf(hook, 2)
    await api(account, 'PATCH', `/budgets/${id}`, { limit: USD })
    await spend(account, 0.1 * USD)
    await scheduler.wait(1_500)
    expect(eventsIn(await receivedBy(hook.name)).map(({ data }) => data.limit)).toEqual([
      USD,
      2 * USD,
    ])
  },
)

test('a new budget tells of what the ledger already has', { timeout: 60_000 }, async () => {
  const { account, hook } = await withChannel()
  await spend(account, 3 * USD)
  await createBudget(account, { limit: 2 * USD, action: 'warn' })
  const events = await eventsOf(hook, 1)
  expect(events.map(({ data }) => data.detail['percent'])).toEqual([100])
})

test('a rule with channels of its own tells those alone', async () => {
  const { account, accountId, hook } = await withChannel()
  const other = await makeChannel(account)
  const nowMs = Date.now()
  const queue = playedQueue(nowMs)
  const channels = [other.channel.id]
  await raise(queue.env, [{ accountId, onceKey: 'one', facts: alertFacts(), channels }], nowMs)
  await queue.until(nowMs)
  expect(await receivedBy(hook.name)).toHaveLength(0)
  expect(await receivedBy(other.name)).toHaveLength(1)
})

test('causes are by what was counted: failures for an error rate', async () => {
  const { accountId, hook } = await withChannel()
  const nowMs = Date.now()
  const failed = { outcome: 'upstream_refused', status: 500, costTicks: 0 } as const
  await write([
    { accountId, atMs: nowMs, label: 'dear', costTicks: 100 * USD },
    ...Array.from({ length: 3 }, () => ({ accountId, atMs: nowMs, label: 'broken', ...failed })),
  ])
  const queue = playedQueue(nowMs)
  const found = alertFacts({
    kind: 'error_rate',
    unit: 'percent',
    value: 75,
    limit: 10,
    fromMs: nowMs,
    toMs: nowMs + 1,
  })
  await raise(queue.env, [{ accountId, onceKey: 'one', facts: found, channels: null }], nowMs)
  await queue.until(nowMs)
  const [event] = eventsIn(await receivedBy(hook.name))
  expect(event!.data.text).toContain('By requester: broken 100%.')
  expect(new URL(event!.url).searchParams.getAll('outcome')).toContain('upstream_refused')
})
