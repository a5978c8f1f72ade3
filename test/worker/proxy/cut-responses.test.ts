import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { verifySql } from '../../../src/ledger/rebuild.ts'
import { closeMarks, writeMessages } from '../../../src/ledger/store.ts'
import { NO_JOB, type AsyncJob } from '../../../src/ledger/async-jobs/async-job.ts'
import { seeded } from '../../seeded.ts'
import { script } from '../../xai/client.ts'
import { json, stream, typedEvents, type Reply } from '../../xai/reply.ts'
import { RESPONSE, RESPONSE_EVENTS, terminal } from '../../xai/responses.ts'
import { all, entry, freshLedger, LOST, messagesOf } from '../ledger/messages.ts'
import {
  api,
  chat,
  fetchWorker,
  makeAccount,
  memberOf,
  rowOf,
  xaiUrl,
  type Account,
  type Row,
} from '../world.ts'

const TICKS = RESPONSE.usage.cost_in_usd_ticks
const BODY = { model: 'grok-4.3', input: 'Hello', stream: true }

/** A response of its own name, cut behind so many events. */
const cutAt = (id: string, events: number): Reply =>
  stream(
    typedEvents(
      RESPONSE_EVENTS.slice(0, events).map((event) =>
        'response' in event
          ? { ...event, response: { ...(event['response'] as object), id } }
          : event,
      ),
    ),
    { ending: 'cut' },
  )

async function begin(account: Account, reply: Reply): Promise<Row> {
  const answered = await chat(account, {
    path: '/api/proxy/grok/v1/responses',
    reply,
    body: BODY,
    headers: { 'x-metrion-user': 'ada' },
  })
  await answered.text().catch(() => null)
  return rowOf(account, answered)
}

async function poller(account: Account): Promise<Account> {
  const created = await api(account, 'POST', '/tokens', { name: 'poller', scope: 'all' })
  const { token, id } = await created.json<{ token: string; id: string }>()
  return { ...account, token, tokenId: id }
}

async function get(account: Account, id: string, reply: Reply): Promise<Row> {
  const answered = await fetchWorker(`/api/proxy/grok/v1/responses/${id}`, {
    headers: {
      authorization: `Bearer ${account.token}`,
      'x-grok-conv-id': await script(xaiUrl, reply),
      'x-metrion-user': 'poller',
    },
  })
  await answered.text()
  return rowOf(account, answered)
}

async function sums(account: Account): Promise<Record<string, number>> {
  const from = new Date(Date.now() - 3_600_000).toISOString()
  const told = await api(account, 'GET', `/usage?from=${from}&groupBy=requester`)
  const { groups } = await told.json<{ groups: { key: string; costTicks: number }[] }>()
  return Object.fromEntries(groups.map(({ key, costTicks }) => [key, costTicks]))
}

async function differences(account: Account): Promise<unknown[]> {
  const { accountId } = await memberOf(account)
  const range = { fromMs: 0, beforeMs: Date.now() + 3_600_000, evenPruned: false, accountId }
  return (await env.LEDGER.prepare(verifySql(range)).all()).results
}

test.each([
  ['right behind its name', 1],
  ['in the middle of its words', 12],
])('a response cut %s gets its bill from the first who fetches it, once', async (_, events) => {
  const account = await makeAccount()
  const other = await poller(account)
  const id = crypto.randomUUID()
  const cut = await begin(account, cutAt(id, events))
  expect(cut).toMatchObject({ costBasis: 'estimated', outcome: 'upstream_cut', responseId: id })
  expect(cut['work']).toMatchObject({ kind: 'response', state: 'outstanding' })

  const whole = json({ ...RESPONSE, id })
  const fetched = await get(other, id, whole)
  expect(fetched).toMatchObject({
    endpoint: 'responses/{id}',
    costBasis: 'reported',
    costTicks: TICKS,
    inputTokens: 197,
    requester: 'ada',
    token: { id: account.tokenId },
  })
  for (const one of [other, account])
    expect(await get(one, id, whole)).toMatchObject({
      costBasis: 'none',
      costTicks: null,
      inputTokens: null,
      requester: 'poller',
    })
  // The estimate has gone, and only the bill is left.
  expect(await rowOf(account, String(cut['id']))).toMatchObject({
    costBasis: 'deferred',
    costTicks: null,
    inputTokens: null,
    work: { state: 'billed', billedBy: fetched['id'] },
  })
  expect(await sums(account)).toEqual({ ada: TICKS, poller: 0 })
  expect(await differences(account)).toEqual([])
})

test('a response that came whole is billed where it came, and not where it is fetched again', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  const whole = stream(typedEvents([...RESPONSE_EVENTS, terminal('completed', { id })]))
  const row = await begin(account, {
    ...whole,
    chunks: whole.chunks!.slice(2),
  })
  expect(row).toMatchObject({ costBasis: 'reported', costTicks: TICKS, responseId: id })
  for (const _ of [1, 2])
    expect(await get(account, id, json({ ...RESPONSE, id }))).toMatchObject({ costBasis: 'none' })
  expect(await get(account, 'unheard-of', json(RESPONSE))).toMatchObject({ costBasis: 'none' })
  expect(await sums(account)).toEqual({ ada: TICKS, poller: 0 })
})

test('one that is still under way brings no bill yet, and a failed one brings its own', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  await begin(account, cutAt(id, 3))
  const pending = json({ ...RESPONSE, id, status: 'in_progress', output: [], usage: null })
  expect(await get(account, id, pending)).toMatchObject({ costBasis: 'none' })
  const failed = json({ ...RESPONSE, id, status: 'failed', error: { code: 'x', message: 'Oh' } })
  expect(await get(account, id, failed)).toMatchObject({ costBasis: 'reported', requester: 'ada' })
  expect(await differences(account)).toEqual([])
})

test('a refused or deleted response costs nothing', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  await begin(account, cutAt(id, 3))
  const gone = json({ code: 'not-found', error: 'No such response' }, 404)
  expect(await get(account, id, gone)).toMatchObject({ costBasis: 'none', status: 404 })
  const deleted = await fetchWorker(`/api/proxy/grok/v1/responses/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${account.token}` },
  })
  expect(await rowOf(account, deleted)).toMatchObject({ costBasis: 'none' })
})

const work = (changes: Partial<AsyncJob>): AsyncJob => ({ ...NO_JOB, ...changes })

/** A cut answer, and two requests that fetch it whole. */
function story(accountId: string): LedgerMessage[] {
  const guess = { costBasis: 'estimated', costTicks: 50, outcome: 'upstream_cut' } as const
  const cut = entry({ accountId, label: 'ada', ...guess, responseId: 'x' })
  const fetched = ['p', 'q'].map((label) =>
    entry({
      accountId,
      label,
      tokenId: label,
      endpoint: 'responses/{id}',
    }),
  )
  const [first, ...others] = messagesOf([cut, ...fetched])
  return [{ ...first!, work: work({ starts: 'x', kind: 'response' }) }, ...others.map(repeating)]
}

/** The same, with the bill of the response in it. */
function repeating(message: LedgerMessage): LedgerMessage {
  const { costTicks, costBasis, computedTicks, savedTicks } = message.entry
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = message.entry
  const tokens = { inputTokens, cachedTokens, outputTokens, reasoningTokens }
  const bill = {
    id: 'x',
    formerId: null,
    costBasis,
    costTicks,
    computedTicks,
    savedTicks,
    ...tokens,
  }
  return { ...message, work: work({ of: 'x', repeats: true, bills: [bill] }) }
}

test('in whatever order and however often it is heard of, the bill counts once and the guess not', async () => {
  const random = seeded(17)
  for (let round = 0; round < 20; round++) {
    await freshLedger()
    const accountId = crypto.randomUUID()
    const messages = story(accountId)
    const told = [...messages, ...messages, ...messages]
      .map((message) => ({ message, at: random() }))
      .toSorted((one, other) => one.at - other.at)
      .map(({ message }) => message)
    while (told.length > 0)
      await writeMessages(env.LEDGER, told.splice(0, 1 + Math.floor(random() * 4)), 0)
    const rows = await all('requests')
    const costs = rows.map((row) => Number(row['cost_ticks'] ?? 0))
    expect({ round, costs: costs.toSorted((a, b) => a - b) }).toEqual({
      round,
      costs: [0, 0, 1_000],
    })
    const billed = rows.find((row) => row['cost_ticks'] !== null)
    expect(billed).toMatchObject({ label: 'ada', cost_basis: 'reported', token_id: 't' })
    const range = { fromMs: 0, beforeMs: Date.now() + 3_600_000, evenPruned: false, accountId }
    expect((await env.LEDGER.prepare(verifySql(range)).all()).results).toEqual([])
  }
})

test('once its row is pruned, the guess stays in the sums, and the bill is not added to it', async () => {
  await freshLedger()
  const accountId = crypto.randomUUID()
  const [cut, get] = story(accountId)
  await writeMessages(env.LEDGER, [cut!], 0)
  const beforeMs = cut!.entry.atMs + 1
  await env.LEDGER.batch([
    env.LEDGER.prepare('DELETE FROM requests'),
    env.LEDGER.prepare('INSERT INTO pruned (account_id, before_ms) VALUES (?1, ?2)').bind(
      accountId,
      beforeMs,
    ),
  ])
  const later = { ...get!.entry, atMs: beforeMs + 1_000 }
  await writeMessages(env.LEDGER, [{ ...get!, entry: later }], 0)
  expect(await all('rollups')).toMatchObject([
    { label: 'ada', estimated_ticks: 50, reported_ticks: 0 },
    { label: 'p', estimated_ticks: 0, reported_ticks: 0 },
  ])
})

const STEPS = ['mark', 'close', 'found', 'get'] as const

test.each([
  [['mark', 'close', 'found', 'get'], 'ada'],
  [['mark', 'close', 'get', 'found'], 'ada'],
  [['mark', 'get', 'close', 'found'], 'ada'],
  [['mark', 'found', 'get', 'close'], 'ada'],
  [['get', 'mark', 'close', 'found'], 'ada'],
  [['mark', 'close', 'get', 'found', 'get', 'found'], 'ada'],
] satisfies [(typeof STEPS)[number][], string][])(
  'an answer that was thought lost and is found is billed once: %s',
  async (steps, label) => {
    await freshLedger()
    const accountId = crypto.randomUUID()
    const own = entry({ accountId, label, endpoint: 'responses', responseId: 'x' })
    const [mark] = messagesOf([{ ...own, ...LOST }], 'open')
    // In the same sums.
    await writeMessages(env.LEDGER, messagesOf([{ ...own, id: uuidv7(own.atMs) }]), 0)
    const [found] = messagesOf([own])
    const [get] = messagesOf([entry({ accountId, label: 'p', endpoint: 'responses/{id}' })])
    for (const step of steps) {
      if (step === 'mark') await writeMessages(env.LEDGER, [mark!], 0)
      if (step === 'close') await closeMarks(env.LEDGER, Number.MAX_SAFE_INTEGER, 0, 500)
      if (step === 'found') await writeMessages(env.LEDGER, [{ ...found!, marked: true }], 0)
      if (step === 'get') await writeMessages(env.LEDGER, [repeating(get!)], 0)
    }
    const rows = await all('requests')
    expect(rows).toHaveLength(3)
    const billed = { label, cost_ticks: 1_000, cost_basis: 'reported' }
    expect(rows.filter((row) => row['cost_ticks'] !== null)).toMatchObject([billed, billed])
    const range = { fromMs: 0, beforeMs: Date.now() + 3_600_000, evenPruned: false, accountId }
    expect((await env.LEDGER.prepare(verifySql(range)).all()).results).toEqual([])
  },
)
