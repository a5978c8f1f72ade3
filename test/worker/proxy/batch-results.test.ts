import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { countEntries } from '../../../src/ledger/store.ts'
import { script } from '../../xai/client.ts'
import { bytes, json, type Reply } from '../../xai/reply.ts'
import { api, fetchWorker, makeAccount, rowOf, xaiUrl, type Account, type Row } from '../world.ts'
import { answerWith, TICKS, USAGE } from './yardstick.ts'

const BILLED = { ...USAGE, cost_in_usd_ticks: TICKS }

const result = (id: unknown, answer: object): object => ({
  ...(id === undefined ? {} : { batch_request_id: id }),
  batch_result: { response: { chat_get_completion: answer } },
})
const answered = (id: unknown, answerId: string | undefined, usage: object = BILLED): object =>
  result(id, answerWith(usage, { id: answerId }))

async function page(account: Account, batch: string, reply: Reply): Promise<Row> {
  const response = await fetchWorker(`/api/proxy/grok/v1/batches/${batch}/results`, {
    headers: {
      authorization: `Bearer ${account.token}`,
      'x-grok-conv-id': await script(xaiUrl, reply),
    },
  })
  await response.text()
  return rowOf(account, response)
}
const fetched = (account: Account, batch: string, results: object[]): Promise<Row> =>
  page(account, batch, json({ results }))

const LONG = 'x'.repeat(5_000)

test.each([
  ['numbers', [answered(1, 'a'), answered(2, 'b')], 2],
  ['no ids', [answered(undefined, 'a'), answered(undefined, 'b')], 2],
  ['empty ids', [answered('', 'a'), answered('', 'b')], 2],
  [
    'no ids, nor any of the answers',
    [answered(undefined, undefined), answered(null, undefined)],
    2,
  ],
  ['ids of thousands of letters', [answered(`${LONG}1`, 'a'), answered(`${LONG}2`, 'a')], 2],
  ['ids with a NUL in them', [answered('x\u0000one', 'a'), answered('x\u0000two', 'a')], 2],
  ['ids that are no text', [answered('\ud800', 'a'), answered('\ud801', 'a')], 2],
  ['ids with slashes', [answered('a/b', 'c'), answered('a', 'c')], 2],
  ['ids like code', [answered(`'); DROP TABLE works; --`, 'a'), answered('$.id', 'a')], 2],
  ['one id for two answers', [answered('one', 'a'), answered('one', 'b')], 2],
  ['one result twice in a page', [answered('one', 'a'), answered('one', 'a')], 1],
  ['numbers beyond exact ones', [answered(2 ** 63, 'a'), answered(2 ** 63, 'b')], 2],
])('results with %s are each billed once, however often they come', async (_, results, count) => {
  const account = await makeAccount()
  const batch = crypto.randomUUID()
  expect(await fetched(account, batch, results)).toMatchObject({
    costBasis: 'reported',
    costTicks: count * TICKS,
    inputTokens: count * 100,
  })
  expect(await fetched(account, batch, results)).toMatchObject({
    costBasis: 'none',
    costTicks: null,
  })
})

test('what a batch costs without a bill is known of some models alone', async () => {
  const account = await makeAccount()
  const plain = (id: string, model: string): object => result(id, answerWith(USAGE, { id, model }))
  const known = (ticks: number): object => ({ costBasis: 'computed', costTicks: ticks })
  expect(await fetched(account, 'a', [plain('1', 'grok-4.3')])).toMatchObject(known(0.8 * TICKS))
  expect(await fetched(account, 'b', [plain('1', 'grok-4.20')])).toMatchObject(known(0.8 * TICKS))
  const unknown = { costBasis: 'unknown', costTicks: null, inputTokens: 100, outputTokens: 40 }
  expect(await fetched(account, 'c', [plain('1', 'grok-4.6')])).toMatchObject(unknown)
  expect(await fetched(account, 'd', [plain('1', 'grok-3')])).toMatchObject(unknown)
  // With a bill, nothing is held against it: the table knows no discount of most.
  expect(await fetched(account, 'e', [answered('1', 'a')])).toMatchObject({
    costBasis: 'reported',
    computedTicks: null,
  })
})

test('a page of different kinds says how much of it is known, and so do the pages after it', async () => {
  const account = await makeAccount()
  const computed = result('computed', answerWith(USAGE, { id: 'c' }))
  const unknown = result('unknown', answerWith(USAGE, { id: 'u', model: 'grok-4.6' }))
  const mixed = [answered('reported', 'r'), computed]
  expect(await fetched(account, 'm', mixed)).toMatchObject({
    costBasis: 'computed',
    costTicks: 1.8 * TICKS,
  })
  // What is left of a page has a basis of its own.
  expect(await fetched(account, 'm', [...mixed, unknown])).toMatchObject({
    costBasis: 'unknown',
    costTicks: null,
    inputTokens: 100,
  })
  expect(await fetched(account, 'n', [...mixed, unknown])).toMatchObject({
    costBasis: 'estimated',
    costTicks: 1.8 * TICKS,
    inputTokens: 300,
  })
  const failed = { batch_request_id: 'f', batch_result: { error: { code: 13, message: 'no' } } }
  expect(await fetched(account, 'o', [failed])).toMatchObject({ costBasis: 'none' })
})

test('counts and bills near the end of exact numbers make rows of unknown cost, and nothing breaks', async () => {
  const account = await makeAccount()
  const { dead } = await countEntries(env.LEDGER)
  const huge = {
    prompt_tokens: 2 ** 53 - 1,
    completion_tokens: 2 ** 53 - 1,
    total_tokens: 2 ** 53 - 1,
  }
  for (const usage of [huge, { ...huge, prompt_tokens: 1e300 }, { ...USAGE, total_tokens: 9e15 }])
    expect(
      await fetched(account, crypto.randomUUID(), [
        answered('1', 'a', usage),
        answered('2', 'b', usage),
      ]),
    ).toMatchObject({ costBasis: 'unknown', costTicks: null, inputTokens: null })
  const dear = { ...USAGE, cost_in_usd_ticks: 9e14 }
  const many = Array.from({ length: 12 }, (_none, n) => answered(String(n), String(n), dear))
  expect(await fetched(account, crypto.randomUUID(), many)).toMatchObject({
    costBasis: 'unknown',
    costTicks: null,
  })
  expect((await countEntries(env.LEDGER)).dead).toBe(dead)
  const from = new Date(Date.now() - 3_600_000).toISOString()
  for (const path of [`/usage?from=${from}&groupBy=model`, '/requests', '/requests.csv'])
    expect((await api(account, 'GET', path)).status).toBe(200)
  for (const path of ['/dashboard', '/logs', '/dashboard/errors', '/dashboard/latency']) {
    const shown = await fetchWorker(path, { headers: { cookie: account.cookie } })
    expect({ path, status: shown.status }).toEqual({ path, status: 200 })
  }
})

test('a byte order mark before a page of results loses none of them', async () => {
  const account = await makeAccount()
  const text = `\uFEFF${JSON.stringify({ results: [answered('one', 'a'), answered('two', 'b')] })}`
  const reply = bytes(new TextEncoder().encode(text), 'application/json')
  expect(await page(account, 'bom', reply)).toMatchObject({ costTicks: 2 * TICKS })
})

test('results that an older deployment has billed, under its own names, are not billed again', async () => {
  const account = await makeAccount()
  const batch = crypto.randomUUID()
  const other = await page(account, 'other', json({ results: [answered('x', 'y')] }))
  await env.LEDGER.prepare(
    `INSERT INTO works (account_id, id, at_ms, billed_by)
     SELECT account_id, ?2, at_ms, 'before' FROM requests WHERE id = ?1`,
  )
    .bind(other['id'], `${batch}/one`)
    .run()
  const again = await fetched(account, batch, [answered('one', 'a'), answered('two', 'b')])
  expect(again).toMatchObject({ costBasis: 'reported', costTicks: TICKS })
})

test('different results of the same names, and without any, are each billed', async () => {
  const account = await makeAccount()
  const [one, two] = [BILLED, { ...BILLED, cost_in_usd_ticks: 7 }]
  const results = [
    answered('one', 'a', one),
    answered('one', 'a', two),
    answered(undefined, undefined, one),
    answered(undefined, undefined, two),
  ]
  const batch = crypto.randomUUID()
  const total = { costBasis: 'reported', costTicks: 2 * (TICKS + 7) }
  expect(await fetched(account, batch, results)).toMatchObject(total)
  expect(await fetched(account, batch, results.toReversed())).toMatchObject({ costBasis: 'none' })
})

test('an answer that says nothing of its use may have cost something, an error has not', async () => {
  const account = await makeAccount()
  const silent = result('one', { ...answerWith(undefined), usage: undefined })
  const failed = result('two', { error: { message: 'No' } })
  const unknown = { costBasis: 'unknown', costTicks: null }
  expect(await fetched(account, 'silent', [silent])).toMatchObject(unknown)
  expect(await fetched(account, 'failed', [failed])).toMatchObject({ costBasis: 'none' })
})
