import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fetchBills as fetchBill } from '../../../src/settlement/job.ts'
import { untilDone } from '../turns.ts'
import type { Env } from '../../../src/env.ts'
import { IMAGE } from '../../xai/media.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { INSERT_ENTRIES } from '../../../src/ledger/sql.ts'
import { JOBS_AFTER_ROWS, JOBS_BEFORE_ROWS } from '../../../src/ledger/async-jobs/sql.ts'
import { script } from '../../xai/client.ts'
import { json, stream, typedEvents } from '../../xai/reply.ts'
import { RESPONSE_EVENTS } from '../../xai/responses.ts'
import { freshLedger } from '../ledger/messages.ts'
import {
  api,
  chat,
  chatInit,
  fetchWorker,
  makeAccount,
  rowOf,
  rowsOf,
  XAI_KEY,
  xaiUrl,
  type Account,
  type Row,
} from '../world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PATH = '/api/proxy/grok/v1'

beforeEach(freshLedger)

/** As the job does it, turn by turn. */
const fetchBills = (from: Env, nowMs: number): Promise<void> =>
  untilDone(() => fetchBill(from, nowMs))
afterEach(() => vi.restoreAllMocks())

async function start(account: Account, endpoint: string, answer: object, body = {}): Promise<Row> {
  const answered = await chat(account, {
    path: `${PATH}/${endpoint}`,
    reply: json(answer),
    body: { model: 'grok-imagine-video', prompt: 'x', ...body },
    headers: { 'x-metrion-user': 'ada' },
  })
  await answered.text()
  return rowOf(account, answered)
}

type Answers = (path: string, asked: URL) => Response

/** xAI, as it answers the job from now on; what it was asked. */
function xai(answers: Answers): string[] {
  const asked: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const url = new URL(input as string)
    asked.push(url.pathname + url.search)
    expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer ${XAI_KEY}`)
    return Promise.resolve(answers(url.pathname.replace('/v1/', ''), url))
  })
  return asked
}

const outstanding = async (account: Account, filter = ''): Promise<unknown> => {
  const from = new Date(Date.now() - DAY).toISOString()
  const told = await api(account, 'GET', `/usage?from=${from}${filter}`)
  return (await told.json<{ outstanding: unknown }>()).outstanding
}
const spent = async (account: Account): Promise<number> => {
  const from = new Date(Date.now() - DAY).toISOString()
  const to = new Date(Date.now() + 40 * DAY).toISOString()
  const told = await api(account, 'GET', `/usage?from=${from}&to=${to}`)
  return (await told.json<{ total: { costTicks: number } }>()).total.costTicks
}

const done = (more: object = {}): object => ({
  status: 'done',
  model: 'grok-imagine-video',
  video: { url: 'https://vidgen.x.ai/1.mp4', duration: 8 },
  usage: { cost_in_usd_ticks: 5_600_000_000 },
  ...more,
})

test('a video that nobody fetches is outstanding, and the job brings its bill, once', async () => {
  const account = await makeAccount()
  const row = await start(
    account,
    'videos/generations',
    { request_id: 'v-1' },
    { resolution: '720p' },
  )
  expect(row).toMatchObject({
    costBasis: 'deferred',
    responseId: 'v-1',
    work: { kind: 'video', state: 'outstanding', billedBy: null },
  })
  expect(await outstanding(account)).toEqual({ count: 1, oldestAt: row['at'] })
  expect(await outstanding(account, '&requester=ada')).toMatchObject({ count: 1 })
  expect(await outstanding(account, '&requester=bob')).toEqual({ count: 0, oldestAt: null })
  expect(await outstanding(account, '&token=other')).toMatchObject({ count: 0 })
  for (const page of ['/dashboard', `/logs/${String(row['id'])}`]) {
    const shown = await fetchWorker(page, { headers: { cookie: account.cookie } })
    expect(await shown.text()).toMatch(/Outstanding bills|outstanding for/)
  }

  // Callers come first: for ten minutes it is theirs.
  const early = xai(() => Response.json(done()))
  await fetchBills(env, Date.now())
  expect(early).toEqual([])
  vi.restoreAllMocks()

  const atMs = Date.now() + HOUR
  const asked = xai(() => Response.json(done()))
  await fetchBills(env, atMs)
  await fetchBills(env, atMs + HOUR)
  expect(asked).toEqual(['/v1/videos/v-1'])
  vi.restoreAllMocks()
  const [billed] = await rowsOf(account, 2)
  expect(billed).toMatchObject({
    endpoint: 'videos/{id}',
    mode: 'job',
    requester: 'ada',
    token: { id: account.tokenId },
    costBasis: 'reported',
    costTicks: 5_600_000_000,
    // By the resolution that the request asked for: the price table agrees.
    computedTicks: 5_600_000_000,
  })
  expect(await outstanding(account)).toEqual({ count: 0, oldestAt: null })
  expect(await rowOf(account, String(row['id']))).toMatchObject({
    costBasis: 'deferred',
    work: { state: 'billed', billedBy: billed!['id'] },
  })
  // Whoever fetches it now pays nothing more.
  const late = await fetchWorker(`${PATH}/videos/v-1`, {
    headers: { authorization: `Bearer ${account.token}` },
  })
  await late.text()
  expect(await spent(account)).toBe(5_600_000_000)
})

test('it is looked at in ever longer pauses, and not at all once xAI has not kept it', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: 'v-2' })
  const asked = xai(() => Response.json({ status: 'pending' }, { status: 202 }))
  const began = Date.now()
  const at: number[] = []
  for (let minute = 0; minute < 40 * 24 * 60; minute += 5) {
    const before = asked.length
    if (minute < 3_000 || minute % 60 === 0) await fetchBills(env, began + minute * 60_000)
    if (asked.length > before) at.push(minute)
  }
  expect(at.slice(0, 5)).toEqual([10, 15, 25, 45, 85])
  expect(at.length).toBeLessThan(140)
  expect(at.at(-1)).toBeLessThan(30 * 24 * 60)
  vi.restoreAllMocks()
  expect(await outstanding(account)).toMatchObject({ count: 1 })
})

test.each([
  ['failed', { status: 'failed', error: { code: 'x', message: 'Out of film' } }, 0],
  ['expired', { status: 'expired' }, 0],
])('a video that has %s is over, and has no bill', async (_, answer, count) => {
  const account = await makeAccount()
  const row = await start(account, 'videos/generations', { request_id: 'v-3' })
  xai(() => Response.json(answer))
  await fetchBills(env, Date.now() + HOUR)
  vi.restoreAllMocks()
  expect(await outstanding(account)).toMatchObject({ count })
  expect(await rowOf(account, String(row['id']))).toMatchObject({ work: { state: 'over' } })
  expect(await rowsOf(account, 1)).toHaveLength(1)
})

test('what xAI does not know any more stays outstanding, and is asked for once', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: 'v-4' })
  const asked = xai(() => Response.json({ code: 'not-found', error: 'gone' }, { status: 404 }))
  for (const hours of [1, 2, 30]) await fetchBills(env, Date.now() + hours * HOUR)
  expect(asked).toHaveLength(1)
  vi.restoreAllMocks()
  expect(await outstanding(account)).toMatchObject({ count: 1 })
})

test('one that cannot be fetched holds up no other', async () => {
  const account = await makeAccount()
  for (const id of ['v-5', 'v-6']) await start(account, 'videos/generations', { request_id: id })
  xai((path) => {
    if (path.endsWith('v-5')) throw new Error('no connection')
    return Response.json(done())
  })
  await expect(fetchBills(env, Date.now() + HOUR)).rejects.toThrow('the bill of v-5 is not fetched')
  await fetchBills(env, Date.now() + HOUR)
  vi.restoreAllMocks()
  expect(await outstanding(account)).toMatchObject({ count: 1 })
  expect(await spent(account)).toBe(5_600_000_000)
})

const result = (id: string, ticks: number): object => ({
  batch_request_id: id,
  batch_result: {
    response: {
      chat_get_completion: { ...PLAIN, id, usage: { ...PLAIN.usage, cost_in_usd_ticks: ticks } },
    },
  },
})

test('a batch is fetched page by page once it is over, and in pieces where it is long', async () => {
  const account = await makeAccount()
  const row = await start(account, 'batches', { batch_id: 'b-1' })
  expect(row).toMatchObject({
    costBasis: 'deferred',
    work: { kind: 'batch', state: 'outstanding' },
  })
  let pending = 3
  const asked = xai((path, url) => {
    if (path === 'batches/b-1')
      return Response.json({ batch_id: 'b-1', state: { num_requests: 9, num_pending: pending } })
    const page = Number(url.searchParams.get('pagination_token') ?? 0)
    const next = page < 7 ? { pagination_token: String(page + 1) } : {}
    return Response.json({ results: [result(`r-${page}`, 100 + page)], ...next })
  })
  const began = Date.now()
  await fetchBills(env, began + HOUR)
  expect(asked).toEqual(['/v1/batches/b-1'])
  pending = 0
  await fetchBill(env, began + 2 * HOUR)
  expect(asked).toHaveLength(3)
  await fetchBills(env, began + 2 * HOUR)
  expect(asked).toHaveLength(10)
  expect(asked.at(-1)).toBe('/v1/batches/b-1/results?limit=100&pagination_token=7')
  vi.restoreAllMocks()
  expect(await spent(account)).toBe(8 * 100 + 28)
  expect(await outstanding(account)).toMatchObject({ count: 0 })
  expect(await rowOf(account, String(row['id']))).toMatchObject({ work: { state: 'over' } })
  const rows = await rowsOf(account, 9)
  expect(rows.filter(({ mode }) => mode === 'job')).toHaveLength(8)
})

test('results that a caller has fetched before are not written again', async () => {
  const account = await makeAccount()
  await start(account, 'batches', { batch_id: 'b-2' })
  const results = [result('one', 7), result('two', 8)]
  xai((path) =>
    Response.json(
      path === 'batches/b-2' ? { state: { num_requests: 2, num_pending: 0 } } : { results },
    ),
  )
  vi.restoreAllMocks()
  const init = { headers: { authorization: `Bearer ${account.token}` } }
  xai((path) =>
    Response.json(
      path === 'batches/b-2' ? { state: { num_requests: 2, num_pending: 0 } } : { results },
    ),
  )
  const fetched = await fetchWorker(`${PATH}/batches/b-2/results`, init)
  await fetched.text()
  await rowsOf(account, 2)
  await fetchBills(env, Date.now() + HOUR)
  vi.restoreAllMocks()
  expect(await rowsOf(account, 2)).toHaveLength(2)
  expect(await spent(account)).toBe(15)
  expect(await outstanding(account)).toMatchObject({ count: 0 })
})

test('a batch with the stored key is over once the job has seen all of it, not one page', async () => {
  const account = await makeAccount()
  await start(account, 'batches', { batch_id: 'b-3' })
  const init = { headers: { authorization: `Bearer ${account.token}` } }
  xai(() => Response.json({ results: [result('r-1', 7)] }))
  const early = await fetchWorker(`${PATH}/batches/b-3/results`, init)
  await early.text()
  await rowsOf(account, 2)
  expect(await outstanding(account)).toMatchObject({ count: 1 })
  vi.restoreAllMocks()
  const results = [result('r-1', 7), result('r-2', 8)]
  xai((path) =>
    Response.json(
      path === 'batches/b-3' ? { state: { num_requests: 2, num_pending: 0 } } : { results },
    ),
  )
  await fetchBills(env, Date.now() + HOUR)
  vi.restoreAllMocks()
  expect(await outstanding(account)).toMatchObject({ count: 0 })
  expect(await spent(account)).toBe(15)
})

test('the job leaves alone what is not for it: deferred answers, images, and other people’s keys', async () => {
  const account = await makeAccount()
  await start(account, 'chat/completions', { request_id: 'c-1' }, { messages: [], deferred: true })
  await start(account, 'images/generations', { request_id: 'i-1' }, { deferred: true })
  const own = await fetchWorker(`${PATH}/videos/generations`, {
    ...chatInit('xai-somebody-elses-key', { model: 'grok-imagine-video', prompt: 'x' }),
    headers: {
      authorization: 'Bearer xai-somebody-elses-key',
      'x-metrion-token': account.token,
      'content-type': 'application/json',
    },
  })
  await own.text()
  await rowOf(account, own)
  expect(await outstanding(account)).toMatchObject({ count: 3 })
  const asked = xai(() => Response.json({}))
  await fetchBills(env, Date.now() + DAY)
  expect(asked).toEqual([])
})

test('a turn of the job fetches one bill, and a run has many', async () => {
  const account = await makeAccount()
  for (let n = 0; n < 5; n++) await start(account, 'videos/generations', { request_id: `f-${n}` })
  const asked = xai(() => Response.json({ status: 'pending' }, { status: 202 }))
  expect(await fetchBill(env, Date.now() + HOUR)).toBe(true)
  expect(asked).toHaveLength(1)
  await fetchBills(env, Date.now() + HOUR)
  expect(asked).toHaveLength(5)
})

test('a deferred image that a caller fetches is outstanding no more', async () => {
  const account = await makeAccount()
  await start(account, 'images/generations', { request_id: 'i-2' }, { deferred: true })
  expect(await outstanding(account)).toMatchObject({ count: 1 })
  const fetched = await chatGet(account, 'images/i-2', { ...IMAGE, status: 'done' })
  expect(fetched).toMatchObject({ costBasis: 'reported', costTicks: 200_000_000 })
  expect(await outstanding(account)).toMatchObject({ count: 0 })
})

async function chatGet(account: Account, path: string, answer: object): Promise<Row> {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json(answer)))
  const answered = await fetchWorker(`${PATH}/${path}`, {
    headers: { authorization: `Bearer ${account.token}` },
  })
  await answered.text()
  vi.restoreAllMocks()
  return rowOf(account, answered)
}

test('a video that failed is over for whoever hears of it', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: 'v-7' })
  const polled = await fetchWorker(`${PATH}/videos/v-7`, {
    headers: {
      authorization: `Bearer ${account.token}`,
      'x-grok-conv-id': await script(xaiUrl, json({ status: 'failed' })),
    },
  })
  await polled.text()
  expect(await rowOf(account, polled)).toMatchObject({ costBasis: 'none' })
  expect(await outstanding(account)).toMatchObject({ count: 0 })
})

test('a refusal that says failed says nothing of the video', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: 'v-10' })
  const conv = await script(xaiUrl, json({ status: 'failed', error: 'Slow down' }, 429))
  const polled = await fetchWorker(`${PATH}/videos/v-10`, {
    headers: { authorization: `Bearer ${account.token}`, 'x-grok-conv-id': conv },
  })
  await polled.text()
  expect(await rowOf(account, polled)).toMatchObject({ status: 429, costBasis: 'none' })
  expect(await outstanding(account)).toMatchObject({ count: 1 })
})

test('an answer that was cut is not outstanding: its row has an estimate', async () => {
  const account = await makeAccount()
  const cut = await chat(account, {
    path: `${PATH}/responses`,
    reply: stream(typedEvents(RESPONSE_EVENTS.slice(0, 4)), { ending: 'cut' }),
    body: { model: 'grok-4.3', input: 'Hello', stream: true },
  })
  await cut.text().catch(() => null)
  expect(await rowOf(account, cut)).toMatchObject({ work: { kind: 'response' } })
  expect(await outstanding(account)).toMatchObject({ count: 0 })
})

test.each([401, 429, 500])('after a %s it is asked for again', async (status) => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: 'v-8' })
  let isDown = true
  const asked = xai(() => (isDown ? new Response('no', { status }) : Response.json(done())))
  await fetchBills(env, Date.now() + HOUR)
  isDown = false
  await fetchBills(env, Date.now() + 2 * HOUR)
  expect(asked).toHaveLength(2)
  vi.restoreAllMocks()
  expect(await spent(account)).toBe(5_600_000_000)
})

test('the last page of a batch of the caller’s own key is its end', async () => {
  const account = await makeAccount()
  const own = { authorization: `Bearer ${XAI_KEY}`, 'x-metrion-token': account.token }
  const send = async (
    path: string,
    answer: object,
    init: RequestInit = {},
    status = 200,
  ): Promise<Row> => {
    const conv = await script(xaiUrl, json(answer, status))
    const headers = { ...own, 'x-grok-conv-id': conv, 'content-type': 'application/json' }
    const answered = await fetchWorker(`${PATH}/${path}`, { ...init, headers })
    await answered.text()
    return rowOf(account, answered)
  }
  await send('batches', { batch_id: 'b-9' }, { method: 'POST', body: '{"name":"b"}' })
  // Neither a refusal nor a page without results is.
  await send('batches/b-9/results', { code: 'rate', error: 'Slow down' }, {}, 429)
  await send('batches/b-9/results', { results: [], pagination_token: null })
  const first = { results: [result('r-1', 100)], pagination_token: 'next' }
  await send('batches/b-9/results', first)
  expect(await outstanding(account)).toMatchObject({ count: 1 })
  const last = { results: [result('r-2', 100)], pagination_token: null }
  await send('batches/b-9/results?pagination_token=next', last)
  expect(await outstanding(account)).toMatchObject({ count: 0 })
})

test('a name of work is one part of a path, whatever is in it', async () => {
  const account = await makeAccount()
  await start(account, 'videos/generations', { request_id: '../api-key?x=1' })
  const asked = xai(() => Response.json(done()))
  await fetchBills(env, Date.now() + HOUR)
  expect(asked).toEqual(['/v1/videos/..%2Fapi-key%3Fx%3D1'])
})

test('each query of work goes by a key, however many works an account has', async () => {
  const statements = [...JOBS_BEFORE_ROWS, ...JOBS_AFTER_ROWS, INSERT_ENTRIES]
  for (const sql of statements) {
    const { results } = await env.LEDGER.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind('[]')
      .all<{ detail: string }>()
    const scans = results.filter(({ detail }) => /^SCAN (w|works|former|r|requests)\b/.test(detail))
    expect({ sql, scans }).toEqual({ sql, scans: [] })
    for (const { detail } of results.filter((one) => /^SEARCH (w|works|former)\b/.test(one.detail)))
      expect(detail).toContain('account_id=? AND id=?')
  }
})
