import { expect, test } from 'vitest'
import { JsonItems } from '../../../src/metering/json/items.ts'
import { IMAGE } from '../../xai/media.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { json, stream, type Reply } from '../../xai/reply.ts'
import { script } from '../../xai/client.ts'
import {
  api,
  chat,
  fetchWorker,
  makeAccount,
  rowOf,
  xaiUrl,
  type Account,
  type Row,
} from '../world.ts'

const encoder = new TextEncoder()
const TICKS = PLAIN.usage.cost_in_usd_ticks

const result = (id: string, response: object): object => ({
  batch_request_id: id,
  batch_result: { response },
})
const answered = (id: string): object => result(id, { chat_get_completion: PLAIN })
const failed = (id: string): object => ({
  batch_request_id: id,
  batch_result: { error: { code: 13, message: 'internal' } },
})

async function start(account: Account): Promise<Row> {
  const made = await chat(account, {
    path: '/api/proxy/grok/v1/batches',
    reply: json({ batch_id: 'batch-1', name: 'nightly', state: { num_requests: 3 } }),
    body: { name: 'nightly', input_file_id: 'file_1' },
    headers: { 'x-metrion-user': 'ada' },
  })
  await made.text()
  return rowOf(account, made)
}

async function ask(account: Account, path: string, reply: Reply, method = 'GET'): Promise<Row> {
  const id = await script(xaiUrl, reply)
  const response = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${account.token}`,
      'x-grok-conv-id': id,
      'x-metrion-user': 'poller',
    },
  })
  const sent = (reply.chunks ?? []).map(atob).join('')
  expect((await response.text()).length).toBe(
    new TextDecoder().decode(Uint8Array.from(sent, (one) => one.charCodeAt(0))).length,
  )
  return rowOf(account, response)
}

const spent = async (account: Account): Promise<number> => {
  const from = new Date(Date.now() - 3_600_000).toISOString()
  const told = await api(account, 'GET', `/usage?from=${from}`)
  return (await told.json<{ total: { costTicks: number } }>()).total.costTicks
}

test('each result of a batch is billed once, page by page, to whoever made the batch', async () => {
  const account = await makeAccount()
  expect(await start(account)).toMatchObject({
    endpoint: 'batches',
    costBasis: 'deferred',
    requester: 'ada',
  })
  for (const [path, method] of [
    ['batches', 'GET'],
    ['batches/batch-1', 'GET'],
    ['batches/batch-1/requests', 'POST'],
    ['batches/batch-1:cancel', 'POST'],
  ] as const)
    expect(await ask(account, path, json({ batch_id: 'batch-1' }), method)).toMatchObject({
      costBasis: 'none',
      requester: 'poller',
    })

  const first = json({ results: [answered('one'), failed('two')], pagination_token: 'x' })
  expect(await ask(account, 'batches/batch-1/results', first)).toMatchObject({
    endpoint: 'batches/{id}/results',
    costBasis: 'reported',
    costTicks: TICKS,
    inputTokens: 12,
    outputTokens: 229,
    requester: 'ada',
  })
  // Again, with two more: only those are new.
  const all = json({
    results: [answered('one'), answered('three'), result('four', { image_generation: IMAGE })],
  })
  const second = await ask(account, 'batches/batch-1/results?limit=1000', all)
  expect(second).toMatchObject({
    costTicks: TICKS + 200_000_000,
    inputTokens: 12,
    requester: 'ada',
  })
  expect(await ask(account, 'batches/batch-1/results', all)).toMatchObject({
    costBasis: 'none',
    costTicks: null,
    requester: 'poller',
  })
  expect(await spent(account)).toBe(2 * TICKS + 200_000_000)

  // The same ids in another batch are other requests.
  const other = await ask(account, 'batches/batch-2/results', json({ results: [answered('one')] }))
  expect(other).toMatchObject({ costTicks: TICKS })
})

test('a page of megabytes passes as it comes, and all of it is billed', async () => {
  const account = await makeAccount()
  const { usage: _, ...unbilled } = PLAIN
  const usage = { ...PLAIN.usage, cost_in_usd_ticks: 0 }
  const results = Array.from({ length: 500 }, (_none, index) =>
    result(`r-${index}`, {
      chat_get_completion: { ...unbilled, padding: 'x'.repeat(3_000), usage, model: 'grok-4.3' },
    }),
  )
  const text = JSON.stringify({ results })
  const pieces = text.match(/[^]{1,60001}/g) ?? []
  const page = { ...stream(pieces), headers: { 'content-type': 'application/json' } }
  // A fifth less than its usual price.
  const each = 0.8 * ((12 - 2) * 12_500 + 2 * 2_000 + 229 * 25_000)
  expect(await ask(account, 'batches/big/results', page)).toMatchObject({
    costBasis: 'computed',
    costTicks: 500 * each,
    inputTokens: 6_000,
  })
})

test('a result of megabytes is billed too, whether text or pictures', async () => {
  const account = await makeAccount()
  const results = [
    result('pictures', {
      image_generation: { data: [{ b64_json: 'A'.repeat(3e6) }], usage: IMAGE.usage },
    }),
    answered('small'),
    result('text', {
      chat_get_completion: { padding: '"{['.repeat(1e5), ['__proto__']: { usage: 1 }, ...PLAIN },
    }),
  ]
  const pieces = JSON.stringify({ results }).match(/[^]{1,60001}/g) ?? []
  const page = { ...stream(pieces), headers: { 'content-type': 'application/json' } }
  expect(await ask(account, 'batches/fat/results', page)).toMatchObject({
    costBasis: 'reported',
    costTicks: 2 * TICKS + 200_000_000,
    outcome: 'complete',
  })
})

test.each([
  ['small', 10],
  ['large', 100_000],
])(
  'a %s result is billed whatever its kind is called, and whatever stands beside it',
  async (_, bytes) => {
    const account = await makeAccount()
    const answer = { padding: 'x'.repeat(bytes), ...PLAIN }
    const results = [
      result('dotted', { 'grok.v1': answer }),
      result('second', { meta: {}, chat_get_completion: answer }),
      { ...result('named', {}), 'batch_result.response': { k: answer }, padding: answer.padding },
    ]
    const row = await ask(account, 'batches/odd/results', json({ results }))
    expect(row).toMatchObject({ costBasis: 'reported', costTicks: 2 * TICKS })
  },
)

test('items are found wherever a text is cut', () => {
  const value = {
    a: [{ x: 1 }],
    results: [{ n: '{"[' }, 5, { deep: [{ results: [1] }] }, 'x'.repeat(60)],
    z: { next: 'not this one' },
    next: 'x',
  }
  const text = encoder.encode(JSON.stringify(value))
  for (let cut = 1; cut < text.length; cut++) {
    const found: unknown[] = []
    let item = ''
    const items = new JsonItems({
      list: 'results',
      text: 'next',
      onPiece: (piece) => void (item += new TextDecoder().decode(piece)),
      onEnd: () => {
        found.push(JSON.parse(item))
        item = ''
      },
    })
    items.push(text.slice(0, cut))
    items.push(text.slice(cut))
    items.end()
    expect(found).toEqual(value.results)
    expect(items.hasText).toBe(true)
  }
})
