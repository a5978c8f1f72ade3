import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import { NO_JOB } from '../../../src/ledger/async-jobs/async-job.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { verifySql } from '../../../src/ledger/rebuild.ts'
import { IMAGE } from '../../xai/media.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { json, stream, text, type Reply } from '../../xai/reply.ts'
import { script } from '../../xai/client.ts'
import { all, entry, messagesOf } from '../ledger/messages.ts'
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

const PENDING = json({ status: 'pending', progress: 40 }, 202)
const VIDEO = {
  status: 'done',
  model: 'grok-imagine-video',
  video: { url: 'https://vidgen.x.ai/1.mp4', duration: 8, respect_moderation: true },
  usage: { cost_in_usd_ticks: 4_000_000_000 },
}

async function second(account: Account): Promise<Account> {
  const created = await api(account, 'POST', '/tokens', { name: 'poller', scope: 'all' })
  const { token, id } = await created.json<{ token: string; id: string }>()
  return { ...account, token, tokenId: id }
}

async function start(account: Account, endpoint: string, body: object, id: string): Promise<Row> {
  const answered = await chat(account, {
    path: `/api/proxy/grok/v1/${endpoint}`,
    reply: json({ request_id: id }),
    body,
    headers: { 'x-metrion-user': 'ada' },
  })
  expect(await answered.json()).toEqual({ request_id: id })
  return rowOf(account, answered)
}

async function ask(account: Account, path: string, reply: Reply): Promise<Response> {
  const id = await script(xaiUrl, reply)
  const answered = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    headers: {
      authorization: `Bearer ${account.token}`,
      'x-grok-conv-id': id,
      'x-metrion-user': 'poller',
    },
  })
  await answered.arrayBuffer()
  return answered
}

const usage = async (
  account: Account,
): Promise<{ costTicks: number; groups: { key: string }[] }> => {
  const from = new Date(Date.now() - 3_600_000).toISOString()
  const answer = await api(account, 'GET', `/usage?from=${from}&groupBy=requester`)
  const { total, groups } = await answer.json<{
    total: { costTicks: number }
    groups: { key: string; costTicks: number }[]
  }>()
  return { ...total, groups: groups.filter(({ costTicks }) => costTicks > 0) }
}

test(
  'fifty polls of a video are billed once, to whoever began it',
  { timeout: 60_000 },
  async () => {
    const account = await makeAccount()
    const poller = await second(account)
    const body = { model: 'grok-imagine-video', prompt: 'Waves', duration: 8 }
    const begun = await start(account, 'videos/generations', body, 'video-1')
    expect(begun).toMatchObject({
      costBasis: 'deferred',
      costTicks: null,
      outcome: 'complete',
      requester: 'ada',
      requestedModel: 'grok-imagine-video',
    })
    const pending = await ask(poller, 'videos/video-1', PENDING)
    expect(pending.status).toBe(202)
    expect(await rowOf(poller, pending)).toMatchObject({ outcome: 'complete', costBasis: 'none' })

    // Two of them at the same moment.
    const twice = await Promise.all([1, 2].map(() => ask(poller, 'videos/video-1', json(VIDEO))))
    const rows = await Promise.all(twice.map((answered) => rowOf(poller, answered)))
    for (let times = 2; times < 50; times++) {
      rows.push(await rowOf(poller, await ask(poller, 'videos/video-1', json(VIDEO))))
    }
    const billed = rows.filter(({ costBasis }) => costBasis !== 'none')
    expect(billed).toHaveLength(1)
    expect(billed[0]).toMatchObject({
      endpoint: 'videos/{id}',
      costBasis: 'reported',
      costTicks: 4_000_000_000,
      computedTicks: 4_000_000_000,
      model: 'grok-imagine-video',
      requester: 'ada',
      token: { id: account.tokenId },
    })
    for (const row of rows.filter((one) => one !== billed[0]))
      expect(row).toMatchObject({
        costTicks: null,
        computedTicks: null,
        requester: 'poller',
        token: { id: poller.tokenId },
      })
    const sums = await usage(account)
    expect(sums).toMatchObject({ costTicks: 4_000_000_000, groups: [{ key: 'ada' }] })
    const range = { fromMs: 0, beforeMs: Date.now() + 3_600_000, evenPruned: false }
    const { accountId } = await memberOf(account)
    const differences = await env.LEDGER.prepare(verifySql({ ...range, accountId })).all()
    expect(differences.results).toEqual([])
  },
)

test.each([
  [
    'chat/completions',
    'chat/deferred-completion/',
    { model: 'grok-3-mini', messages: [], deferred: true },
    PLAIN,
    text('', 202),
    { costTicks: 1_176_500, inputTokens: 12, outputTokens: 229 },
  ],
  [
    'images/generations',
    'images/',
    { model: 'grok-imagine-image', prompt: 'Waves', deferred: true },
    { ...IMAGE, status: 'done' },
    PENDING,
    { costTicks: 200_000_000 },
  ],
  [
    'videos/extensions',
    'videos/',
    { model: 'grok-imagine-video', prompt: 'On' },
    VIDEO,
    PENDING,
    { costTicks: 4_000_000_000 },
  ],
] as const)(
  'what %s began is billed with its result',
  async (endpoint, path, body, result, pending, row) => {
    const account = await makeAccount()
    const id = crypto.randomUUID()
    const begun = await start(account, endpoint, body, id)
    expect(begun).toMatchObject({
      endpoint,
      costBasis: 'deferred',
      costTicks: null,
      inputTokens: null,
    })
    const waiting = await ask(account, path + id, pending)
    expect(await rowOf(account, waiting)).toMatchObject({ costBasis: 'none', outcome: 'complete' })
    const first = await ask(account, path + id, json(result))
    expect(await rowOf(account, first)).toMatchObject({
      costBasis: 'reported',
      requester: 'ada',
      ...row,
    })
    const again = await ask(account, path + id, json(result))
    expect(await rowOf(account, again)).toMatchObject({ costBasis: 'none', inputTokens: null })
    expect((await usage(account)).costTicks).toBe(row.costTicks)
  },
)

test('a video without a bill is billed by the second, once', async () => {
  const account = await makeAccount()
  await start(account, 'videos/edits', { model: 'grok-imagine-video-1.5', prompt: 'x' }, 'v-2')
  const { usage: _, ...unbilled } = { ...VIDEO, model: 'grok-imagine-video-1.5' }
  for (const expected of [6_400_000_000, null]) {
    const asked = await ask(account, 'videos/v-2', json(unbilled))
    expect(await rowOf(account, asked)).toMatchObject({ costTicks: expected })
  }
})

test('work that failed costs nothing, and says why', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { model: 'grok-imagine-video', prompt: 'x' }, 'v-3')
  const failed = { status: 'failed', error: { code: 'internal_error', message: 'Out of film' } }
  const asked = await ask(account, 'videos/v-3', json(failed))
  expect(await rowOf(account, asked)).toMatchObject({
    outcome: 'upstream_refused',
    costBasis: 'none',
    errorText: 'Out of film',
  })
})

test('work that was begun elsewhere is billed once all the same, to who asks first', async () => {
  const account = await makeAccount()
  const first = await ask(account, 'videos/unheard-of', json(VIDEO))
  expect(await rowOf(account, first)).toMatchObject({
    costTicks: 4_000_000_000,
    requester: 'poller',
  })
  const again = await ask(account, 'videos/unheard-of', json(VIDEO))
  expect(await rowOf(account, again)).toMatchObject({ costTicks: null })
  // Another account's work of the same name is another.
  const other = await makeAccount()
  const theirs = await ask(other, 'videos/unheard-of', json(VIDEO))
  expect(await rowOf(other, theirs)).toMatchObject({ costTicks: 4_000_000_000 })
})

test('bills of one statement, of late starts and of repeated messages count once', async () => {
  const accountId = crypto.randomUUID()
  const make = (label: string): LedgerMessage => {
    const one = entry({ accountId, id: crypto.randomUUID(), label, costTicks: 7, tokenId: label })
    const [message] = messagesOf([one])
    const { computedTicks, savedTicks, inputTokens, cachedTokens, outputTokens, reasoningTokens } =
      one
    const tokens = { inputTokens, cachedTokens, outputTokens, reasoningTokens }
    const cost = { costBasis: null, costTicks: 7, computedTicks, savedTicks }
    const bill = { id: 'w', formerId: null, ...cost, ...tokens }
    return { ...message!, work: { ...NO_JOB, of: 'w', bills: [bill] } }
  }
  const [one, two, three] = [make('one'), make('two'), make('three')]
  const [begun] = messagesOf([
    entry({ accountId, label: 'starter', costTicks: null, costBasis: 'deferred' }),
  ])
  const starting: LedgerMessage = { ...begun!, work: { ...NO_JOB, starts: 'w' } }
  // As a queue may hand them over: together, the start behind them, and everything twice.
  await writeMessages(env.LEDGER, [one, two], 0)
  await writeMessages(env.LEDGER, [two, starting, one], 0)
  await writeMessages(env.LEDGER, [three], 0)
  const rows = (await all('requests')).filter((row) => row['account_id'] === accountId)
  const told = rows.map(({ label, cost_ticks: ticks, cost_basis: basis }) => [label, ticks, basis])
  expect(new Set(told)).toEqual(
    new Set([
      ['one', 7, 'reported'],
      ['starter', null, 'deferred'],
      ['three', null, 'none'],
      ['two', null, 'none'],
    ]),
  )
  const sums = (await all('rollups')).filter((row) => row['account_id'] === accountId)
  expect(sums.reduce((sum, row) => sum + Number(row['reported_ticks']), 0)).toBe(7)
})

const path = (id: string): string => `chat/deferred-completion/${id}`
const DEFERRED = { model: 'grok-3', messages: [{ role: 'user', content: 'Hello' }], deferred: true }

test('a deferred answer without a usage may have cost anything; a redirected one says so', async () => {
  const account = await makeAccount()
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  for (const id of [one, two]) await start(account, 'chat/completions', DEFERRED, id)
  const silent = await ask(account, path(one), json({ ...PLAIN, usage: undefined }))
  expect(await rowOf(account, silent)).toMatchObject({ costBasis: 'unknown', costTicks: null })
  const told = await ask(account, path(two), json(PLAIN))
  expect(await rowOf(account, told)).toMatchObject({
    costBasis: 'reported',
    requestedModel: 'grok-3',
    redirected: true,
  })
})

test('one that breaks off on its way is of unknown cost, and its bill may still come', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  await start(account, 'chat/completions', DEFERRED, id)
  const half = JSON.stringify(PLAIN).slice(0, 200)
  const cut = await ask(account, path(id), {
    ...stream([half], { ending: 'cut' }),
    headers: { 'content-type': 'application/json' },
  })
  expect(await rowOf(account, cut)).toMatchObject({ costBasis: 'unknown', costTicks: null })
  const whole = await ask(account, path(id), json(PLAIN))
  expect(await rowOf(account, whole)).toMatchObject({ costBasis: 'reported', requester: 'ada' })
})

test.each([
  ['says no length', { ...VIDEO, video: { url: 'x' }, usage: undefined }],
  ['says an absurd one', { ...VIDEO, video: { url: 'x', duration: 1e300 }, usage: undefined }],
])('a video that %s was delivered at an unknown cost', async (_, video) => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  await start(account, 'videos/generations', { model: 'grok-imagine-video', prompt: 'x' }, id)
  const told = await ask(account, `videos/${id}`, json(video))
  expect(await rowOf(account, told)).toMatchObject({ costBasis: 'unknown', requester: 'ada' })
})

test('images without a bill cost what was asked for', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  const body = { model: 'grok-imagine-image', prompt: 'x', n: 3 }
  await start(account, 'images/generations', body, id)
  const told = await ask(account, `images/${id}`, json({ status: 'done', data: IMAGE.data }))
  const at = await rowOf(account, told)
  expect(at).toMatchObject({ costBasis: 'computed', requester: 'ada' })
  expect(Number(at['costTicks'])).toBe(3 * 200_000_000)
})

test('work that is fetched again was not answered by another model again', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  const body = { model: 'grok-imagine-video-1.5', prompt: 'x' }
  await start(account, 'videos/generations', body, id)
  const flags: unknown[] = []
  for (const _ of [1, 2, 3]) {
    const told = await ask(account, `videos/${id}`, json(VIDEO))
    flags.push((await rowOf(account, told))['redirected'])
  }
  expect(flags).toEqual([true, false, false])
})
