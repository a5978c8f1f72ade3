import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import worker from '../../../src/index.ts'
import { countedDatabase, type Cost } from '../../../src/jobs/budget.ts'
import { RESPONSE, RESPONSE_EVENTS, terminal } from '../../xai/responses.ts'
import { envWith, fetchWorker, makeAccount, ORIGIN, rowOf, rowsOf, type Account } from '../world.ts'

const TICKS = RESPONSE.usage.cost_in_usd_ticks

interface Opened {
  socket: WebSocket
  id: string
  heard: (string | ArrayBuffer)[]
  say: (event: object) => void
  until: (count: number) => Promise<void>
}

function opened(response: Response): Opened {
  const socket = response.webSocket!
  const heard: (string | ArrayBuffer)[] = []
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('message', ({ data }) => void heard.push(data as string))
  socket.accept()
  return {
    socket,
    id: response.headers.get('x-metrion-request-id') ?? '',
    heard,
    say: (event) => socket.send(JSON.stringify(event)),
    until: (count) => expect.poll(() => heard.length).toBeGreaterThanOrEqual(count),
  }
}

const headersOf = (account: Account): Record<string, string> => ({
  upgrade: 'websocket',
  authorization: `Bearer ${account.token}`,
})

const open = async (account: Account, path: string): Promise<Opened> =>
  opened(await fetchWorker(`/api/proxy/grok/v1/${path}`, { headers: headersOf(account) }))

const ask = (model: string, more: object = {}): object => ({
  type: 'response.create',
  model,
  input: 'Hello',
  ...more,
})

/** The rows of a connection that has been closed. */
async function rowsOfClosed(account: Account, { socket }: Opened, count: number) {
  socket.close(1000)
  const rows = await rowsOf(account, count)
  await scheduler.wait(200)
  expect(await rowsOf(account, count)).toHaveLength(count)
  return rows
}

test('two responses at once have their own bills, whichever is over first', async () => {
  const account = await makeAccount()
  const connection = await open(account, 'responses')
  connection.say(ask('overlapping'))
  connection.say(ask('overlapping'))
  await connection.until(4)
  const rows = await rowsOfClosed(account, connection, 2)
  const billed = { outcome: 'complete', costBasis: 'reported', costTicks: TICKS }
  expect(rows).toMatchObject([billed, billed])
  expect(new Set(rows.map((row) => row['responseId'])).size).toBe(2)
})

test.each([
  ['that nobody has said to begin', 'uncreated'],
  ['said twice', 'twice'],
  ['of a cancelled response', 'cancelled'],
  ['in binary frames', 'binary'],
])('an end %s is billed once', async (_, model) => {
  const account = await makeAccount()
  const connection = await open(account, 'responses')
  connection.say(ask(model))
  await expect.poll(() => connection.heard.length).toBeGreaterThan(0)
  await scheduler.wait(50)
  expect(await rowsOfClosed(account, connection, 1)).toMatchObject([
    { outcome: 'complete', costBasis: 'reported', costTicks: TICKS },
  ])
})

test.each([
  ['that nobody has said to begin', 'uncreated'],
  ['in binary frames', 'binary'],
])('the end of a turn by voice %s is billed', async (_, model) => {
  const account = await makeAccount()
  const connection = await open(account, 'realtime')
  connection.say({ type: 'response.create', model })
  await expect.poll(() => connection.heard.length).toBeGreaterThan(0)
  await scheduler.wait(50)
  expect(await rowsOfClosed(account, connection, 1)).toMatchObject([
    { costBasis: 'computed', costTicks: 40_000_000, inputTokens: 120 },
  ])
})

test('a caller may ask in a binary frame', async () => {
  const account = await makeAccount()
  const { socket, id } = await open(account, 'tts')
  const said = { type: 'text.delta', delta: 'Hello', text: ' you' }
  socket.send(new TextEncoder().encode(JSON.stringify(said)))
  socket.send(JSON.stringify({ type: 'text.done' }))
  await scheduler.wait(100)
  socket.close(1000)
  // What stands beside a delta is spoken, too.
  expect(await rowOf(account, id)).toMatchObject({ costBasis: 'computed', costTicks: 9 * 150_000 })
})

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

test.each([600, 20_000])(
  'a message %s levels deep goes on, and its turn is billed',
  async (depth) => {
    const account = await makeAccount()
    const connection = await open(account, 'responses')
    connection.socket.send(`{"type":"response.create","model":"grok-4.3","input":${nested(depth)}}`)
    await connection.until(16)
    connection.say(ask('grok-4.3'))
    await connection.until(32)
    const billed = { outcome: 'complete', costBasis: 'reported', costTicks: TICKS }
    expect(await rowsOfClosed(account, connection, 2)).toMatchObject([billed, billed])
  },
)

test.each([
  ['responses', 'no JSON at all'],
  ['responses', '[1, 2]'],
  ['realtime', '"a word"'],
])('something on %s that cannot be read may have cost something: %s', async (path, message) => {
  const account = await makeAccount()
  const connection = await open(account, path)
  connection.socket.send(message)
  await scheduler.wait(50)
  expect(await rowsOfClosed(account, connection, 1)).toMatchObject([{ costBasis: 'unknown' }])
})

test('texts that are put in behind the last answer are billed, too', async () => {
  const account = await makeAccount()
  const connection = await open(account, 'realtime')
  const content = [{ type: 'input_text', text: 'Hi' }]
  const item = { type: 'message', role: 'user', content }
  connection.say({ type: 'response.create' })
  await connection.until(5)
  connection.say({ type: 'conversation.item.create', item })
  await connection.until(6)
  const rows = await rowsOfClosed(account, connection, 2)
  expect(rows).toMatchObject([
    { costBasis: 'computed', costTicks: 40_000_000, toolCalls: { realtime_text_inputs: 1 } },
    { costBasis: 'computed', costTicks: 40_000_000, toolCalls: null },
  ])
})

/** Over a connection whose queries are counted. */
async function countedConnection(account: Account) {
  const counted: Cost = { queries: 0, calls: 0 }
  const ctx = createExecutionContext()
  const request = new Request(`${ORIGIN}/api/proxy/grok/v1/responses`, {
    headers: headersOf(account),
  }) as Request<unknown, IncomingRequestCfProperties>
  const connection = opened(
    await worker.fetch(request, envWith({ LEDGER: countedDatabase(env.LEDGER, counted) }), ctx),
  )
  const close = (): Promise<void> => {
    connection.socket.close(1000)
    return waitOnExecutionContext(ctx)
  }
  return { ...connection, counted, close }
}

test.each([
  ['fail', 'gone', 1],
  ['are cut', 'silent', 15],
])('forty turns that %s take less than the fifty queries, too', async (_, model, heard) => {
  const account = await makeAccount()
  const connection = await countedConnection(account)
  for (let turn = 1; turn <= 40; turn++) {
    connection.say(ask(model))
    await connection.until(turn * heard)
  }
  await connection.close()
  expect(await rowsOf(account, 40)).toHaveLength(40)
  expect(connection.counted.queries).toBeGreaterThan(0)
  expect(connection.counted.queries).toBeLessThan(25)
})

const of = (id: string, event: object): object => ({
  ...event,
  response: { ...('response' in event ? (event.response as object) : {}), id },
})
const CREATED = RESPONSE_EVENTS[0]!
const DELTA = { type: 'response.output_text.delta', delta: 'word' }

/** What xAI says to each of these questions; the rows of it. */
async function talk(count: number, ...turns: { events: object[]; more?: object }[]) {
  const account = await makeAccount()
  const connection = await open(account, 'responses')
  let heard = 0
  for (const { events, more } of turns) {
    connection.say(ask('grok-4.3', { events, ...more }))
    await connection.until((heard += events.length))
  }
  return rowsOfClosed(account, connection, count)
}

test.each([
  ['is said to be over first', terminal('completed', { usage: null })],
  ['has failed first', { type: 'response.failed', response: { error: { message: 'Oh' } } }],
])('a response that %s is billed by the end that has its usage', async (_, first) => {
  const id = crypto.randomUUID()
  const last = of(id, terminal('done', {}))
  const rows = await talk(1, { events: [of(id, CREATED), DELTA, of(id, first), last] })
  expect(rows).toMatchObject([{ costBasis: 'reported', costTicks: TICKS }])
})

test('an error in mid-answer ends no turn whose bill is still to come', async () => {
  const id = crypto.randomUUID()
  const error = { type: 'error', code: 'oh', message: 'Oh' }
  const failed = of(id, terminal('failed', { error: { message: 'Oh' } }))
  const rows = await talk(1, { events: [of(id, CREATED), DELTA, error, failed] })
  expect(rows).toMatchObject([
    { outcome: 'upstream_error', costBasis: 'reported', costTicks: TICKS },
  ])
})

test('a usage that comes once the next has been asked for is that of its own response', async () => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  const over = of(one, terminal('completed', { usage: null }))
  const late = of(one, terminal('done'))
  const rows = await talk(
    2,
    { events: [of(one, CREATED), DELTA, over] },
    { events: [late, of(two, CREATED), of(two, terminal('completed'))] },
  )
  const billed = { outcome: 'complete', costBasis: 'reported', costTicks: TICKS }
  expect(rows).toMatchObject([billed, billed])
  expect(new Set(rows.map((row) => row['responseId']))).toEqual(new Set([one, two]))
})

test('a usage that comes too late takes the place of the guess', async () => {
  const account = await makeAccount()
  const connection = await open(account, 'responses')
  const id = crypto.randomUUID()
  const over = of(id, terminal('completed', { usage: null }))
  connection.say(ask('grok-4.3', { events: [of(id, CREATED), DELTA, over] }))
  await scheduler.wait(5_200)
  const [guess] = await rowsOf(account, 1)
  expect(guess).toMatchObject({ outcome: 'complete', costBasis: 'estimated' })
  // As long as it took to answer, not as long as was waited.
  expect(Number(guess?.['totalMs'])).toBeLessThan(4_000)
  const two = crypto.randomUUID()
  const events = [of(id, terminal('done')), of(two, CREATED), of(two, terminal('completed'))]
  connection.say(ask('grok-4.3', { events }))
  await connection.until(6)
  const rows = await rowsOfClosed(account, connection, 3)
  const bases = Map.groupBy(rows, (row) => row['costBasis'])
  expect(bases.get('reported')).toHaveLength(2)
  expect(bases.get('deferred')).toHaveLength(1)
  const ticks = rows.reduce((sum, row) => sum + Number(row['costTicks'] ?? 0), 0)
  expect(ticks).toBe(2 * TICKS)
}, 20_000)

test('an error behind a whole answer is not of it', async () => {
  const id = crypto.randomUUID()
  const over = of(id, terminal('completed', { usage: null }))
  const error = { type: 'error', code: 'websocket_connection_limit_reached', message: 'Too long' }
  const rows = await talk(1, { events: [of(id, CREATED), DELTA, over, error] })
  expect(rows).toMatchObject([{ outcome: 'complete', costBasis: 'estimated', errorCode: null }])
})

test('one that has said no usage is over once the next is asked for', async () => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  const over = of(one, terminal('completed', { usage: null }))
  const rows = await talk(
    2,
    { events: [of(one, CREATED), DELTA, over] },
    { events: [of(two, CREATED), of(two, terminal('completed'))] },
  )
  expect(rows).toMatchObject([
    { outcome: 'complete', costBasis: 'reported', costTicks: TICKS },
    { outcome: 'complete', costBasis: 'estimated', outputTokens: 1 },
  ])
})

test('a response that goes on from one of this connection has read that one, too', async () => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  const rows = await talk(
    2,
    { events: [of(one, CREATED), of(one, terminal('completed'))] },
    { events: [of(two, CREATED), DELTA], more: { previous_response_id: one } },
  )
  const { input_tokens: read, output_tokens: written } = RESPONSE.usage
  expect(rows[0]).toMatchObject({ costBasis: 'estimated', outcome: 'client_gone' })
  expect(Number(rows[0]?.['inputTokens'])).toBeGreaterThan(read + written)
})

const ARGUMENTS = 'word '.repeat(880)
const item = { type: 'function_call', id: 'fc', name: 'f', arguments: ARGUMENTS }
const whole = { type: 'response.function_call_arguments.done', output_index: 1, item_id: 'fc' }

test.each([
  ['its arguments', [{ ...whole, arguments: ARGUMENTS }]],
  ['its item', [{ type: 'response.output_item.done', output_index: 1, item }]],
  [
    'both, behind a text',
    [
      { ...DELTA, output_index: 0 },
      { type: 'response.output_text.done', output_index: 0, text: 'word' },
      { ...whole, arguments: ARGUMENTS },
      { type: 'response.output_item.done', output_index: 1, item },
    ],
  ],
])('a call that comes whole, as %s, is counted once by its length', async (_, events) => {
  const id = crypto.randomUUID()
  const [row] = await talk(1, { events: [of(id, CREATED), ...events] })
  expect(Number(row?.['outputTokens'])).toBeGreaterThanOrEqual(ARGUMENTS.length / 4)
  expect(Number(row?.['outputTokens'])).toBeLessThan(ARGUMENTS.length / 4 + 3)
})

test.each([
  ['responses', { type: 'response.cancel' }],
  ['realtime', { type: 'input_audio_buffer.append', audio: 'AAAA' }],
])('whatever has gone to xAI on %s may have cost something', async (path, event) => {
  const account = await makeAccount()
  const connection = await open(account, path)
  connection.say(event)
  await scheduler.wait(50)
  expect(await rowsOfClosed(account, connection, 1)).toMatchObject([{ costBasis: 'unknown' }])
})

test('what xAI has refused costs nothing, nor does a connection without a word', async () => {
  const account = await makeAccount()
  const refused = await open(account, 'realtime')
  refused.say({ type: 'session.update' })
  await refused.until(1)
  expect(await rowsOfClosed(account, refused, 1)).toMatchObject([{ costBasis: 'none' }])
  const other = await makeAccount()
  const silent = await open(other, 'responses')
  expect(await rowsOfClosed(other, silent, 1)).toMatchObject([{ costBasis: 'none' }])
})

test('a hundred turns of a socket are written with less than the fifty queries of the Free plan', async () => {
  const account = await makeAccount()
  const connection = await countedConnection(account)
  for (let turn = 1; turn <= 100; turn++) {
    connection.say(ask('uncreated'))
    await connection.until(turn)
    // As a conversation does: some come at once, some later.
    if (turn % 10 === 0) await scheduler.wait(120)
  }
  await connection.close()
  const rows = await rowsOf(account, 100)
  expect(rows).toHaveLength(100)
  for (const row of rows) expect(row).toMatchObject({ costBasis: 'reported', costTicks: TICKS })
  expect(connection.counted.queries).toBeLessThan(25)
})
