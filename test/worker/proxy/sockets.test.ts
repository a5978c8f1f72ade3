import { expect, test } from 'vitest'
import { RESPONSE, RESPONSE_EVENTS } from '../../xai/responses.ts'
import { seenBy } from '../../xai/client.ts'
import {
  fetchWorker,
  makeAccount,
  rowOf,
  rowsOf,
  xaiUrl,
  XAI_KEY,
  type Account,
  type Row,
} from '../world.ts'

interface Opened {
  socket: WebSocket
  response: Response
  id: string
  heard: (string | ArrayBuffer)[]
  closed: Promise<{ code: number }>
  say: (event: object) => void
  /** Resolves once an event of this type has come. */
  until: (type: string, times?: number) => Promise<void>
}

async function open(path: string, headers: Record<string, string>): Promise<Opened> {
  const response = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    headers: { upgrade: 'websocket', ...headers },
  })
  const socket = response.webSocket
  if (!socket) throw new Error(`no socket: ${response.status} ${await response.text()}`)
  const heard: (string | ArrayBuffer)[] = []
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('message', ({ data }) => void heard.push(data as string))
  const closed = new Promise<{ code: number }>((resolve) =>
    socket.addEventListener('close', ({ code }) => resolve({ code })),
  )
  socket.accept()
  const count = (type: string): number =>
    heard.filter((data) => typeof data === 'string' && data.includes(`"type":"${type}"`)).length
  return {
    socket,
    response,
    id: response.headers.get('x-metrion-request-id') ?? '',
    heard,
    closed,
    say: (event) => socket.send(JSON.stringify(event)),
    until: (type, times = 1) => expect.poll(() => count(type)).toBeGreaterThanOrEqual(times),
  }
}

const bearer = (account: Account, more: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${account.token}`,
  'x-metrion-user': 'ada',
  ...more,
})

const fresh = (): Promise<Account> => makeAccount()
const ask = (model: string): object => ({ type: 'response.create', model, input: 'Hello' })

test('each turn of a responses socket is a row, as its messages pass', async () => {
  const account = await fresh()
  const { say, until, heard, socket, id } = await open('responses', bearer(account))
  for (const times of [1, 2]) {
    say(ask('grok-4.3'))
    await until('response.completed', times)
  }
  const types = heard.map((data) => (JSON.parse(data as string) as { type: string }).type)
  const turn = [...RESPONSE_EVENTS.map(({ type }) => type), 'response.completed']
  expect(types).toEqual([...turn, ...turn])
  const rows = await rowsOf(account, 2)
  const expected = {
    endpoint: 'responses',
    status: 101,
    outcome: 'complete',
    streamed: true,
    costBasis: 'reported',
    costTicks: 2_971_500,
    requestedModel: 'grok-4.3',
    model: 'grok-4.3',
    requester: 'ada',
    responseId: RESPONSE.id,
  }
  expect(rows).toMatchObject([expected, expected])
  // The connection's id is that of its first turn.
  expect(rows[1]!['id']).toBe(id)
  socket.close(1000)
  await scheduler.wait(300)
  expect(await rowsOf(account, 2)).toHaveLength(2)
})

test('a turn that is cut is a row that says by whom, with what had passed', async () => {
  const cut = await fresh()
  const broken = await open('responses', bearer(cut))
  broken.say(ask('cut'))
  await broken.closed
  expect(await rowOf(cut, broken.id)).toMatchObject({
    outcome: 'upstream_cut',
    costBasis: 'estimated',
    outputTokens: 4,
    responseId: RESPONSE.id,
  })

  const left = await fresh()
  const leaving = await open('responses', bearer(left))
  leaving.say(ask('silent'))
  await leaving.until('response.output_text.delta')
  leaving.socket.close(1000)
  expect(await rowOf(left, leaving.id)).toMatchObject({ outcome: 'client_gone' })
})

test('an error ends a turn, and costs nothing', async () => {
  const account = await fresh()
  const { say, until, id } = await open('responses', bearer(account))
  say(ask('gone'))
  await until('error')
  expect(await rowOf(account, id)).toMatchObject({
    outcome: 'upstream_error',
    costBasis: 'none',
    errorCode: 'previous_response_not_found',
    errorText: 'No such response',
  })
})

test('a conversation by voice is billed by its seconds, and by the texts put in', async () => {
  const account = await fresh()
  const { say, until, heard, id } = await open('realtime?model=grok-voice', bearer(account))
  const content = [{ type: 'input_text', text: 'Hi' }]
  say({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
  say({ type: 'response.create' })
  await until('response.done')
  // Sound comes through as it is.
  expect(
    heard.filter((data) => typeof data !== 'string').map((data) => [...new Uint8Array(data)]),
  ).toEqual([[1, 2, 3]])
  expect(await rowOf(account, id)).toMatchObject({
    endpoint: 'realtime',
    requestedModel: 'grok-voice',
    costBasis: 'computed',
    costTicks: 40_000_000 + 40_000_000,
    inputTokens: 120,
    outputTokens: 60,
    toolCalls: { realtime_text_inputs: 1 },
  })
})

test.each([
  ['stt', [new Uint8Array([1, 2]), '{"type":"audio.done"}'], 'transcript.done', 2_500_000],
  [
    'tts',
    ['{"type":"text.delta","delta":"Grüezi"}', '{"type":"text.done"}'],
    'audio.done',
    900_000,
  ],
] as const)(
  'a live %s socket is one row, by what was spoken',
  async (path, said, last, costTicks) => {
    const account = await fresh()
    const { socket, until, id } = await open(path, bearer(account))
    for (const data of said) socket.send(data)
    await until(last)
    socket.close(1000)
    expect(await rowOf(account, id)).toMatchObject({
      endpoint: path,
      outcome: 'complete',
      costBasis: 'computed',
      costTicks,
    })
  },
)

test('errors in a conversation by voice end no turn, and alone they are what is remembered', async () => {
  const account = await fresh()
  const { say, until, id, socket } = await open('realtime', bearer(account))
  say({ type: 'session.update' })
  await until('error')
  say({ type: 'response.create' })
  await until('response.done')
  expect(await rowOf(account, id)).toMatchObject({
    outcome: 'complete',
    costBasis: 'computed',
    costTicks: 40_000_000,
    errorCode: null,
  })
  socket.close(1000)
  const other = await fresh()
  const wrong = await open('realtime', bearer(other))
  wrong.say({ type: 'session.update' })
  await wrong.until('error')
  wrong.socket.close(1000)
  expect(await rowOf(other, wrong.id)).toMatchObject({
    outcome: 'upstream_error',
    costBasis: 'none',
    errorText: 'What?',
  })
})

test('speech that is refused costs nothing', async () => {
  const account = await fresh()
  const { say, closed, id } = await open('tts', bearer(account))
  say({ type: 'text.delta', delta: 'forbidden' })
  await closed
  expect(await rowOf(account, id)).toMatchObject({
    outcome: 'upstream_error',
    costBasis: 'none',
    errorText: 'No such voice',
  })
})

test('a turn’s times are its own, however long the connection has been idle', async () => {
  const account = await fresh()
  const { say, until, id } = await open('responses', bearer(account))
  await scheduler.wait(700)
  say(ask('grok-4.3'))
  await until('response.completed')
  const row = await rowOf(account, id)
  expect(row['totalMs']).toBeLessThan(600)
})

test('pictures in a prompt are no text to estimate by', async () => {
  const account = await fresh()
  const { socket, until, id, say } = await open('responses', bearer(account))
  const image = `data:image/png;base64,${'A'.repeat(200_000)}`
  say({ ...ask('silent'), image })
  await until('response.output_text.delta')
  socket.close(1000)
  expect(Number((await rowOf(account, id))['inputTokens'])).toBeLessThan(20)
})

test('a connection on which nothing was asked is a row that costs nothing', async () => {
  const account = await fresh()
  for (const path of ['realtime', 'responses', 'stt', 'tts']) {
    const { socket, id } = await open(path, bearer(account))
    socket.close(1000)
    expect(await rowOf(account, id)).toMatchObject({
      status: 101,
      costBasis: 'none',
      costTicks: null,
    })
  }
})

test('credentials are swapped, in the header and in the protocol; no token reaches xAI', async () => {
  const account = await fresh()
  const offered = `xai-client-secret.${account.token}`
  for (const headers of [
    bearer(account),
    { 'sec-websocket-protocol': offered },
    { 'sec-websocket-protocol': `realtime, ${offered}` },
    { authorization: `Bearer ${XAI_KEY}`, 'x-metrion-token': account.token },
  ] as Record<string, string>[]) {
    const conversation = crypto.randomUUID()
    const { response, socket } = await open('realtime', {
      ...headers,
      'x-grok-conv-id': conversation,
    })
    const [seen] = await seenBy(xaiUrl, conversation)
    expect(seen?.headers['authorization']).toBe(`Bearer ${XAI_KEY}`)
    expect(JSON.stringify(seen)).not.toContain(account.token)
    // What a browser offered, it must be given back.
    const protocols = headers['sec-websocket-protocol']?.split(', ')
    expect(response.headers.get('sec-websocket-protocol')).toBe(protocols?.[0] ?? null)
    socket.close(1000)
  }
})

test('a handshake that is refused is an answer like any other', async () => {
  const account = await fresh()
  const upgrade = { upgrade: 'websocket' }
  const refused = await fetchWorker('/api/proxy/grok/v1/realtime', {
    headers: { ...upgrade, authorization: 'Bearer xai-bad-key', 'x-metrion-token': account.token },
  })
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('Incorrect API key')
  expect(await rowOf(account, refused)).toMatchObject({
    outcome: 'upstream_refused',
    costBasis: 'none',
  } satisfies Row)
  const nobody = await fetchWorker('/api/proxy/grok/v1/realtime', { headers: upgrade })
  expect(nobody.status).toBe(401)
  const nowhere = await fetchWorker('/api/proxy/grok/v1/models', {
    headers: { ...upgrade, ...bearer(account) },
  })
  expect(nowhere.status).toBe(405)
  const plain = await fetchWorker('/api/proxy/grok/v1/realtime', { headers: bearer(account) })
  expect(plain.status).toBe(405)
  expect(await plain.text()).toContain('WebSocket')
})
