import { createMessageBatch, createExecutionContext, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { consumeQueue } from '../../../src/ledger/queue.ts'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import { countEntries } from '../../../src/ledger/store.ts'
import { script } from '../../xai/client.ts'
import { STREAM_CHUNKS, STREAM_USAGE } from '../../xai/recordings.ts'
import { events, stream } from '../../xai/reply.ts'
import { CHAT, chatInit, envWith, envWithout, fetchIn, makeAccount, xaiUrl } from '../world.ts'
import { all, entry, freshLedger, messagesOf } from './messages.ts'

const account = await makeAccount()
const FIVE_MINUTES = CRONS.often

beforeEach(async () => {
  await freshLedger()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const ask = (settings: Parameters<typeof envWith>[0]): Promise<Response> =>
  fetchIn(envWith(settings), '/api/proxy/grok/v1/chat/completions', chatInit(account.token))

async function idsOf(table: string, count: number): Promise<unknown[]> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const rows = await all(table)
    if (rows.length >= count) return rows.map((row) => row['id'])
    await scheduler.wait(25)
  }
  throw new Error(`fewer than ${count} in ${table}`)
}

const idOf = (response: Response): string | null => response.headers.get('x-metrion-request-id')

/** A queue that keeps what it is sent. */
function catchingQueue(): { queue: Queue<LedgerMessage>; sent: LedgerMessage[] } {
  const sent: LedgerMessage[] = []
  const queue = { send: async (message: LedgerMessage) => void sent.push(message) }
  return { queue: queue as unknown as Queue<LedgerMessage>, sent }
}

const dead = envWithout(['LEDGER', 'LEDGER_QUEUE', 'TOKENS'])

test('an entry that D1 refuses comes by the queue', { timeout: 20_000 }, async () => {
  const response = await ask({ LEDGER: dead.LEDGER })
  expect(response.status).toBe(200)
  expect(await idsOf('requests', 1)).toEqual([idOf(response)])
})

test('with LEDGER_SINK=queue D1 is not asked, and is the net', { timeout: 20_000 }, async () => {
  await ask({})
  const before = await countEntries(env.LEDGER)
  const prepare = vi.spyOn(env.LEDGER, 'prepare')
  const { queue, sent } = catchingQueue()
  const first = await ask({ LEDGER_SINK: 'queue', LEDGER_QUEUE: queue })
  // But to be told how many there are, at most every ten minutes.
  expect(prepare.mock.calls.filter(([sql]) => !sql.includes('INTO writers'))).toEqual([])
  expect(prepare.mock.calls.length).toBeLessThanOrEqual(1)
  expect(sent.map((message) => message.entry.id)).toEqual([idOf(first)])
  const second = await ask({ LEDGER_SINK: 'queue', LEDGER_QUEUE: dead.LEDGER_QUEUE })
  expect(await idsOf('requests', 2)).toContain(idOf(second))
  expect((await countEntries(env.LEDGER)).waiting).toBe(before.waiting + 1)
  await deliver(sent)
  expect((await countEntries(env.LEDGER)).waiting).toBe(before.waiting)
})

test('through the real queue, entries arrive in batches', { timeout: 20_000 }, async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ LEDGER_SINK: 'queue' })))
  expect(new Set(await idsOf('requests', 8))).toEqual(new Set(answers.map(idOf)))
})

test('what neither D1 nor the queue takes waits in KV, and a job brings it in', async () => {
  await ask({})
  const before = await countEntries(env.LEDGER)
  const response = await ask({ LEDGER: dead.LEDGER, LEDGER_QUEUE: dead.LEDGER_QUEUE })
  expect(response.status).toBe(200)
  expect(await all('requests')).toHaveLength(1)
  const parked = await env.TOKENS.list({ prefix: 'unwritten:' })
  expect(parked.keys.map((key) => key.name)).toEqual([`unwritten:entry:${idOf(response)}`])
  const failing = envWith({ LEDGER: dead.LEDGER })
  await expect(runJobs(FIVE_MINUTES, failing, Date.now())).rejects.toThrow('deliverOutbox')
  await runJobs(FIVE_MINUTES, env, Date.now())
  await runJobs(FIVE_MINUTES, env, Date.now())
  expect(await idsOf('requests', 2)).toContain(idOf(response))
  expect((await env.TOKENS.list({ prefix: 'unwritten:' })).keys).toEqual([])
  const { accepted, written, waiting, lost } = await countEntries(env.LEDGER)
  expect([accepted, written]).toEqual([before.accepted + 1, before.written + 1])
  expect([waiting, lost]).toEqual([before.waiting, before.lost])
})

test('what nobody takes is logged whole, and a number says so', async () => {
  // The token is known here already, so that the request itself needs none of the three.
  await ask({})
  const log = vi.spyOn(console, 'error')
  const before = await countEntries(env.LEDGER)
  const lost = await ask({ ...pick(dead) })
  expect(lost.status).toBe(200)
  const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('{'))
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { event: 'ledger_row_not_written', entry: { id: idOf(lost), costBasis: 'reported' } },
  ])
  expect(lines[0]).not.toContain(account.token)
  await ask({})
  const after = await countEntries(env.LEDGER)
  expect(after).toMatchObject({ written: before.written + 1, lost: before.lost + 1 })
  expect(after.waiting).toBe(before.waiting)
  expect(after.accepted).toBe(before.accepted + 2)
  expect(after.retried).toBeGreaterThan(before.retried)
})

const pick = ({ LEDGER, LEDGER_QUEUE, TOKENS }: typeof dead): Partial<typeof dead> => ({
  LEDGER,
  LEDGER_QUEUE,
  TOKENS,
})

test(
  'a database that hangs costs the caller nothing, and the row goes another way',
  { timeout: 30_000 },
  async () => {
    const { queue, sent } = catchingQueue()
    const hanging = envWith({ ...pick(envWithout(['LEDGER'], 'hanging')), LEDGER_QUEUE: queue })
    const beganMs = Date.now()
    const init = chatInit(account.token)
    const response = await fetchIn(hanging, '/api/proxy/grok/chat/completions', init, false)
    expect(response.status).toBe(200)
    expect(Date.now() - beganMs).toBeLessThan(6_000)
    await vi.waitUntil(() => sent.length === 1, { timeout: 15_000, interval: 50 })
    expect(sent[0]?.entry.id).toBe(idOf(response))
  },
)

test('a long request leaves a mark, which its own row takes away; a short one leaves none', async () => {
  const [first, ...rest] = events([...STREAM_CHUNKS, STREAM_USAGE, '[DONE]'])
  const reply = stream([first!, rest.join('')], { gapMs: 600 })
  const long = { 'x-grok-conv-id': await script(xaiUrl, reply) }
  const settings = envWith({ MARK_AFTER_MS: '200' })
  const path = '/api/proxy/grok/v1/chat/completions'
  const init = chatInit(
    account.token,
    { ...CHAT, stream: true },
    { ...long, 'x-metrion-user': 'ada' },
  )
  const answering = fetchIn(settings, path, init)
  const [id] = await idsOf('open_requests', 1)
  const [mark] = await all('open_requests')
  expect(JSON.parse(String(mark?.['entry']))).toMatchObject({
    id,
    outcome: 'lost',
    status: 200,
    label: 'ada',
    requestedModel: 'grok-4.3',
    streamed: true,
    costBasis: 'unknown',
    costTicks: null,
    errorCode: 'worker_lost',
  })
  expect(idOf(await answering)).toBe(id)
  expect(await all('requests')).toMatchObject([{ id, outcome: 'complete', cost_basis: 'reported' }])
  expect(await all('open_requests')).toEqual([])

  const prepared = vi.spyOn(env.LEDGER, 'prepare')
  await ask({ MARK_AFTER_MS: '5000' })
  expect(prepared.mock.calls.filter(([sql]) => sql.includes('open_requests'))).toEqual([])
})

test('before xAI has answered, the mark says so', async () => {
  const reply = { ...stream([events(['[DONE]'])[0]!]), delayMs: 500 }
  const header = { 'x-grok-conv-id': await script(xaiUrl, reply) }
  const settings = envWith({ MARK_AFTER_MS: '100', LONGEST_REQUEST_MS: '1000' })
  const init = chatInit(account.token, CHAT, header)
  const answering = fetchIn(settings, '/api/proxy/grok/chat/completions', init)
  await idsOf('open_requests', 1)
  const [mark] = await all('open_requests')
  expect(JSON.parse(String(mark?.['entry']))).toMatchObject({ status: 500, firstByteMs: null })
  // Taken for lost too early: its own row comes all the same.
  await runJobs(FIVE_MINUTES, settings, Date.now() + 10_000)
  expect(await all('requests')).toMatchObject([{ outcome: 'lost' }])
  await answering
  expect(await all('requests')).toMatchObject([{ outcome: 'complete' }])
})

test('a batch with a poisoned message is written but for that one, which is kept with the reason', async () => {
  const messages = messagesOf([entry(), entry(), entry()])
  const poisoned = { ...messages[1]!, entry: { ...messages[1]!.entry, costTicks: 'a lot' } }
  const bodies: unknown[] = [messages[0], poisoned, 'garbage', null, messages[2]]
  const result = await deliver(bodies)
  expect(result.explicitAcks.toSorted()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4'])
  expect(await all('requests')).toHaveLength(2)
  const letters = await all('dead_letters')
  expect(letters).toMatchObject([{ id: 'm1' }, { id: 'm2' }, { id: 'm3' }])
  expect(letters[0]?.['reason']).toMatch(/^entry\.costTicks: /)
  expect(JSON.parse(String(letters[0]?.['message']))).toEqual(poisoned)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 3,
    written: 2,
    dead: 1,
    waiting: 0,
  })
})

test('an entry that D1 itself refuses does not block the others', async () => {
  const messages = messagesOf([entry(), entry(), entry()])
  const sour = messages[1]!.entry.id
  const picky = refusing(sour, 'D1_ERROR: NOT NULL constraint failed: requests.model')
  const result = await deliver(messages, { LEDGER: picky })
  expect(result.explicitAcks.toSorted()).toEqual(['m0', 'm1', 'm2'])
  expect(await all('requests')).toHaveLength(2)
  expect(await all('dead_letters')).toMatchObject([{ id: sour }])
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 3,
    written: 2,
    dead: 1,
    waiting: 0,
  })
})

test('while D1 is away everything is tried again, after growing pauses', async () => {
  const messages = messagesOf([entry(), entry()])
  const pauses: unknown[] = []
  const result = await deliver(
    [...messages, 'garbage'],
    { LEDGER: dead.LEDGER },
    {
      attempts: [1, 4, 30],
      onRetry: (id, options) => pauses.push([id, options?.delaySeconds]),
    },
  )
  expect(result.explicitAcks).toEqual([])
  expect(result.retryMessages.map((message) => message.msgId).toSorted()).toEqual([
    'm0',
    'm1',
    'm2',
  ])
  expect(pauses).toEqual([
    ['m2', 3_600],
    ['m0', 5],
    ['m1', 40],
  ])
})

test('what the queue has given up on is kept, but for marks', async () => {
  const messages = messagesOf([entry(), entry()])
  await deliver(messages.slice(1))
  // The mark of a request comes first; it must not stand in the way of its entry.
  const marks = messagesOf([messages[0]!.entry], 'open')
  const LEDGER = refusing(messages[0]!.entry.id, 'D1_ERROR: CHECK constraint failed')
  const queue = 'metrion-ledger-dead'
  const result = await deliver([...marks, ...messages], { LEDGER }, { queue })
  expect(result.explicitAcks).toHaveLength(3)
  const letters = await all('dead_letters')
  expect(letters).toMatchObject([
    { id: messages[0]!.entry.id, reason: expect.stringContaining('attempts') as string },
  ])
  expect(JSON.parse(String(letters[0]?.['message']))).toMatchObject({ kind: 'entry' })
  expect(await countEntries(env.LEDGER)).toMatchObject({
    accepted: 2,
    written: 1,
    dead: 1,
    waiting: 0,
  })
})

test('what the queue has given up on is written after all, where D1 is back', async () => {
  const [message] = messagesOf([entry()])
  const lost = { ...message!.entry, outcome: 'lost' as const }
  await deliver(messagesOf([lost]))
  await deliver([message], {}, { queue: 'metrion-ledger-dead' })
  expect(await all('requests')).toMatchObject([{ outcome: 'complete' }])
  expect(await all('dead_letters')).toEqual([])
})

test('a parked entry that D1 will never take is kept aside, and holds up no other', async () => {
  const [sour, sweet] = messagesOf([entry(), entry()])
  for (const message of [sour!, sweet!]) {
    await env.TOKENS.put(`unwritten:entry:${message.entry.id}`, JSON.stringify(message))
  }
  const picky = refusing(sour!.entry.id, 'D1_ERROR: CHECK constraint failed')
  await runJobs(FIVE_MINUTES, envWith({ LEDGER: picky, PLAN: 'paid' }), Date.now())
  expect(await all('requests')).toMatchObject([{ id: sweet!.entry.id }])
  expect(await all('dead_letters')).toMatchObject([{ id: sour!.entry.id }])
  expect((await env.TOKENS.list({ prefix: 'unwritten:' })).keys).toEqual([])
})

test('each parked value that is no message is kept aside', async () => {
  const foreign = [1, 2, 3].map((n) => ({ v: 2, kind: 'entry', n }))
  await env.TOKENS.put('unwritten:entry:a', JSON.stringify(foreign.slice(0, 2)))
  await env.TOKENS.put('unwritten:entry:b', JSON.stringify(foreign.slice(2)))
  await runJobs(FIVE_MINUTES, env, Date.now())
  const letters = (await all('dead_letters')).map(
    (row) => JSON.parse(String(row['message'])) as object,
  )
  expect(new Set(letters.map((one) => JSON.stringify(one)))).toEqual(
    new Set(foreign.map((one) => JSON.stringify(one))),
  )
  expect((await env.TOKENS.list({ prefix: 'unwritten:' })).keys).toEqual([])
})

test('of a hundred parked together, the one that D1 will never take is found, in bounded steps', async () => {
  const messages = messagesOf(Array.from({ length: 100 }, () => entry()))
  const sour = messages[77]!
  await env.TOKENS.put('unwritten:entry:all', JSON.stringify(messages))
  const picky = envWith({ LEDGER: refusing(sour.entry.id, 'D1_ERROR: CHECK constraint failed') })
  vi.spyOn(console, 'error').mockImplementation(() => {})
  for (let runs = 0; runs < 30; runs++) await runJobs(FIVE_MINUTES, picky, Date.now())
  expect(await all('requests')).toHaveLength(99)
  expect(await all('dead_letters')).toMatchObject([{ id: sour.entry.id }])
  expect((await env.TOKENS.list({ prefix: 'unwritten:' })).keys).toEqual([])
})

test('while nobody takes entries, an isolate parks them together, and few keys hold many', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const put = vi.spyOn(env.TOKENS, 'put')
  const settings = envWith({ LEDGER: dead.LEDGER, LEDGER_QUEUE: dead.LEDGER_QUEUE })
  // The first is written at once, and the others while the next write waits.
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(settings)))
  const parked = put.mock.calls.filter(([key]) => key.startsWith('unwritten:'))
  expect(parked.length).toBeLessThanOrEqual(3)
  const kept = parked.flatMap(([, value]) => JSON.parse(value as string) as LedgerMessage[])
  expect(new Set(kept.map(({ entry: { id } }) => id))).toEqual(new Set(answers.map(idOf)))
  await runJobs(FIVE_MINUTES, env, Date.now())
  expect(new Set(await idsOf('requests', 30))).toEqual(new Set(answers.map(idOf)))
  error.mockRestore()
})

interface Delivering {
  attempts?: readonly number[]
  queue?: string
  onRetry?: (id: string, options: QueueRetryOptions | undefined) => void
}

async function deliver(
  bodies: readonly unknown[],
  changes: Parameters<typeof envWith>[0] = {},
  { attempts = [], queue = 'metrion-ledger', onRetry }: Delivering = {},
): ReturnType<typeof getQueueResult> {
  const batch = createMessageBatch(
    queue,
    bodies.map((body, index) => {
      const base = { id: `m${index}`, timestamp: new Date(), attempts: attempts[index] ?? 1 }
      return { ...base, body }
    }),
  )
  for (const message of batch.messages) {
    const retry = message.retry.bind(message)
    message.retry = (options) => {
      onRetry?.(message.id, options)
      retry(options)
    }
  }
  await consumeQueue(batch, envWith(changes))
  return getQueueResult(batch, createExecutionContext())
}

/** The ledger, refusing every statement that speaks of one entry. */
function refusing(id: string, words: string): D1Database {
  const hasIt = new WeakSet<D1PreparedStatement>()
  const prepare = (sql: string): object => ({
    bind: (...values: unknown[]) => {
      const statement = env.LEDGER.prepare(sql).bind(...values)
      if (
        !sql.includes('dead_letters') &&
        !sql.includes('INTO writers') &&
        String(values[0]).includes(id)
      )
        hasIt.add(statement)
      return statement
    },
    all: () => env.LEDGER.prepare(sql).all(),
  })
  const batch = async (statements: D1PreparedStatement[]): Promise<D1Result[]> => {
    if (statements.some((statement) => hasIt.has(statement))) throw new Error(words)
    return env.LEDGER.batch(statements)
  }
  return { prepare, batch } as unknown as D1Database
}
