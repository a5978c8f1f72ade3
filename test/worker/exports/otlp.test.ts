import '../../provided.ts'
import { opentelemetry } from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { sendTraces } from '../../../src/exports/otlp/job.ts'
import { spanOf } from '../../../src/exports/otlp/span.ts'
import { findTarget } from '../../../src/exports/otlp/target-store.ts'
import { readTraceParent } from '../../../src/http/traceparent.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { counted, type Cost } from '../../../src/jobs/budget.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { seenBy } from '../../xai/client.ts'
import { plan, receivedBy, receiverUrl } from '../alerts/world.ts'
import { entry, messagesOf, LOST } from '../ledger/messages.ts'
import { chat, fetchWorker, makeAccount, memberOf, rowOf, xaiUrl, type Account } from '../world.ts'

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const SECRET = 'Bearer collector-secret-0123456789'

const post = (account: Account, path: string, fields: Record<string, string>): Promise<Response> =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie, accept: 'text/html' },
    body: new URLSearchParams(fields),
  })

interface Traced {
  account: Account
  accountId: string
  hook: string
}

async function makeTraced(): Promise<Traced> {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const hook = crypto.randomUUID()
  const saved = await post(account, '/settings/traces', {
    url: `${receiverUrl}/hook/${hook}`,
    headers: `Authorization: ${SECRET}`,
  })
  expect(saved.headers.get('location')).toBe('/settings?notice=traces-saved#traces')
  return { account, accountId, hook }
}

/** Rows may change for two minutes, and what was lost may be found for six hours. */
const later = (ms = 180_000): number => Date.now() + ms

/** Everything that waits is sent. */
async function sendAll(nowMs = later()): Promise<void> {
  for (let turns = 0; turns < 50; turns++) if (!(await sendTraces(env, nowMs))) break
}

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Record<string, unknown> }[]
  status: { code?: number; message?: string }
}

interface Export {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
}

const spansIn = (body: string): Span[] =>
  (JSON.parse(body) as Export).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  )

const spansOf = async ({ hook }: Traced): Promise<Span[]> =>
  (await receivedBy(hook)).flatMap(({ body }) => spansIn(body))

const attributesOf = ({ attributes }: Span): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

/** The same as OpenTelemetry's own decoder reads it; ids are hexadecimal in JSON, and bytes in protobuf. */
function decoded(body: string): Export {
  const { ExportTraceServiceRequest } = opentelemetry.proto.collector.trace.v1
  const base64 = (hex: unknown): string => Uint8Array.fromHex(String(hex)).toBase64()
  const asBytes = JSON.parse(body, (key, value: unknown) =>
    ['traceId', 'spanId', 'parentSpanId'].includes(key) ? base64(value) : value,
  ) as object
  const message = ExportTraceServiceRequest.fromObject(asBytes)
  expect(ExportTraceServiceRequest.verify(message)).toBe(null)
  const wire = ExportTraceServiceRequest.encode(message).finish()
  const back = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(wire), {
    longs: String,
    bytes: String,
  })
  return JSON.parse(JSON.stringify(back), (key, value: unknown) =>
    ['traceId', 'spanId', 'parentSpanId'].includes(key)
      ? Uint8Array.fromBase64(String(value)).toHex()
      : value,
  ) as Export
}

test('a request is a span that OpenTelemetry decodes, within the caller’s trace', async () => {
  const traced = await makeTraced()
  const response = await chat(traced.account, {
    headers: { traceparent: PARENT, 'x-metrion-user': 'ada' },
  })
  const { id } = await rowOf(traced.account, response)
  await sendAll()
  const [{ body, headers } = { body: '', headers: {} as Record<string, string> }] =
    await receivedBy(traced.hook)
  expect(headers['authorization']).toBe(SECRET)
  expect(headers['content-type']).toBe('application/json')
  // Nothing is lost on the way through the decoder: every member is known, and of the right type.
  const sent = JSON.parse(body) as Export
  const [span] = spansIn(body)
  expect(decoded(body)).toMatchObject(sent)
  expect(span).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
    name: 'chat grok-4.3',
    kind: 3,
    status: {},
  })
  expect(span!.spanId).toMatch(/^[0-9a-f]{16}$/)
  expect(BigInt(span!.endTimeUnixNano) >= BigInt(span!.startTimeUnixNano)).toBe(true)
  expect(attributesOf(span!)).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'x_ai',
    'gen_ai.request.model': 'grok-4.3',
    'gen_ai.response.model': 'grok-4.3',
    'http.response.status_code': '200',
    'metrion.request.id': id,
    'metrion.requester': 'ada',
    'metrion.token.name': 'first',
    'metrion.cost.basis': 'reported',
  })
  const usage = attributesOf(span!)
  expect(Number(usage['gen_ai.usage.input_tokens'])).toBeGreaterThan(0)
  expect(Number(usage['gen_ai.usage.output_tokens'])).toBeGreaterThan(0)
})

test('traceparent goes to nobody else', async () => {
  const { account } = await makeTraced()
  const conversation = crypto.randomUUID()
  const headers = { traceparent: PARENT, tracestate: 'a=b', 'x-grok-conv-id': conversation }
  await (await chat(account, { headers })).text()
  const [seen] = await seenBy(xaiUrl, conversation)
  expect(seen!.headers).not.toHaveProperty('traceparent')
  expect(JSON.stringify(seen)).not.toContain('4bf92f3577b34da6')
})

test('a failed request is an error; without a parent, a span has a trace of its own', async () => {
  const traced = await makeTraced()
  const refused = await chat(traced.account, { body: { model: 'grok-nope', messages: [] } })
  await refused.text()
  await rowOf(traced.account, refused)
  await sendAll()
  const [span] = await spansOf(traced)
  expect(span).not.toHaveProperty('parentSpanId')
  expect(span!.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(span!.status).toMatchObject({ code: 2 })
  expect(attributesOf(span!)['error.type']).toBeTruthy()
})

test('each span is sent at most once: at the same time, again, and when the collector fails', async () => {
  const traced = await makeTraced()
  const { accountId } = traced
  const rows = Array.from({ length: 1_200 }, () => entry({ accountId, traceContext: '' }))
  await writeMessages(env.LEDGER, messagesOf(rows), Date.now())
  await Promise.all(Array.from({ length: 4 }, () => sendAll()))
  // The queue brings them again.
  await writeMessages(env.LEDGER, messagesOf(rows), Date.now())
  await sendAll()
  const ids = (await spansOf(traced)).map(({ spanId }) => spanId)
  expect(ids).toHaveLength(1_200)
  expect(new Set(ids).size).toBe(1_200)
  for (const { body } of await receivedBy(traced.hook)) expect(body.length).toBeLessThan(1_000_000)

  await plan(traced.hook, ['error'])
  const more = Array.from({ length: 3 }, () => entry({ accountId, traceContext: '' }))
  await writeMessages(env.LEDGER, messagesOf(more), Date.now())
  await sendAll()
  await plan(traced.hook, ['ok'])
  await sendAll()
  // A collector that failed is left alone for a while, and loses nothing more by that.
  const last = entry({ accountId, traceContext: '' })
  await writeMessages(env.LEDGER, messagesOf([last]), Date.now())
  await sendAll()
  expect(await spansOf(traced)).toHaveLength(1_203)
  await sendAll(later(400_000))
  expect(await findTarget(env, accountId)).toMatchObject({
    sent: 1_201,
    dropped: 3,
    failures: 0,
    lastError: null,
  })
  expect(await spansOf(traced)).toHaveLength(1_204)
  const page = await fetchWorker('/settings/data', { headers: { cookie: traced.account.cookie } })
  expect(await page.text()).toContain('3 not taken')
})

test('a row that was lost waits for its own row, and is one span', async () => {
  const traced = await makeTraced()
  const { accountId } = traced
  const found = entry({ accountId, traceContext: '', atMs: Date.now() - 3_600_000 })
  const lost = entry({ ...found, ...LOST })
  const never = entry({ ...lost, id: uuidv7(lost.atMs) })
  await writeMessages(env.LEDGER, messagesOf([lost, never]), Date.now())
  await sendAll()
  expect(await spansOf(traced)).toEqual([])
  await writeMessages(env.LEDGER, messagesOf([found]), Date.now())
  await sendAll()
  expect((await spansOf(traced)).map(({ status }) => status)).toEqual([{}])
  await sendAll(later(6 * 3_600_000))
  expect((await spansOf(traced)).map(({ status }) => status.code)).toEqual([undefined, 2])
  // Its own row comes after all.
  await writeMessages(env.LEDGER, messagesOf([entry({ ...found, id: never.id })]), Date.now())
  await sendAll(later(7 * 3_600_000))
  expect(await spansOf(traced)).toHaveLength(2)
})

test('what a collector rejects of a batch is counted', async () => {
  const traced = await makeTraced()
  const { accountId } = traced
  const rows = Array.from({ length: 5 }, () => entry({ accountId, traceContext: '' }))
  await writeMessages(env.LEDGER, messagesOf(rows), Date.now())
  const answer = { partialSuccess: { rejectedSpans: '2', errorMessage: 'too long' } }
  vi.spyOn(globalThis, 'fetch').mockImplementationOnce(async () => Response.json(answer))
  await sendAll()
  vi.restoreAllMocks()
  expect(await findTarget(env, accountId)).toMatchObject({ sent: 3, dropped: 2, failures: 0 })
})

test('the switch in the settings needs a collector, and stops what waits', async () => {
  const plain = await makeAccount()
  const form = { name: 'Ada', currency: 'USD', traces: 'on' }
  const refused = await post(plain, '/settings/account', form)
  expect(refused.status).toBe(400)
  expect((await refused.text()).toLowerCase()).toContain('name a collector under traces first')
  const traced = await makeTraced()
  const { account, accountId } = traced
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, traceContext: '' })]), Date.now())
  await post(account, '/settings/account', { name: 'Ada', currency: 'USD' })
  await sendAll()
  expect(await spansOf(traced)).toEqual([])
})

test('only what generates is a GenAI span, and what Metrion refused did not go out', () => {
  const of = (changes: Parameters<typeof entry>[0]): Span =>
    spanOf({ ...entry(changes), traceContext: '' }, null) as Span
  expect(attributesOf(of({ endpoint: 'responses' }))['gen_ai.operation.name']).toBe('chat')
  const list = of({ endpoint: 'responses/{id}/input_items', outcome: 'complete' })
  expect(list.name).toBe('responses/{id}/input_items')
  expect(Object.keys(attributesOf(list)).filter((key) => key.startsWith('gen_ai'))).toEqual([])
  const refused = of({
    outcome: 'refused',
    status: 402,
    errorCode: 'budget_exceeded',
    errorText: 'of Ada',
  })
  expect(refused).toMatchObject({ kind: 1, status: { code: 2, message: 'budget_exceeded' } })
  expect(attributesOf(refused)).not.toHaveProperty(['server.address'])
  expect(JSON.stringify(refused)).not.toContain('of Ada')
})

test('nothing is kept or sent for accounts that want no traces, and nothing more after they stop', async () => {
  const plain = await makeAccount()
  const response = await chat(plain, { headers: { traceparent: PARENT } })
  const { id } = await rowOf(plain, response)
  const kept = env.LEDGER.prepare('SELECT trace_context FROM requests WHERE id = ?1')
  expect(await kept.bind(id).first('trace_context')).toBe(null)

  const traced = await makeTraced()
  const { account, accountId, hook } = traced
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, traceContext: '' })]), Date.now())
  await post(account, '/settings/traces/delete', {})
  await sendAll()
  expect(await receivedBy(hook)).toEqual([])
  const waiting = env.LEDGER.prepare(
    'SELECT count(*) AS n FROM requests WHERE trace_context IS NOT NULL',
  )
  expect(await waiting.first('n')).toBe(0)
  const after = await chat(account, { headers: { traceparent: PARENT } })
  await rowOf(account, after)
  expect(await waiting.first('n')).toBe(0)
})

test('the address and the headers of a collector are secrets', async () => {
  const { account, accountId, hook } = await makeTraced()
  const everything = await Promise.all(
    ['trace_targets', 'audit'].map((table) =>
      env.DB.prepare(`SELECT * FROM ${table} WHERE account_id = ?1`).bind(accountId).all(),
    ),
  )
  const page = await (
    await fetchWorker('/settings/data', { headers: { cookie: account.cookie } })
  ).text()
  for (const text of [page, JSON.stringify(everything)])
    for (const secret of [SECRET, hook]) expect(text).not.toContain(secret)
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  await post(account, '/settings/traces', { url: `${receiverUrl}/hook/${hook}`, headers: '' })
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, traceContext: '' })]), Date.now())
  await plan(hook, ['reset'])
  await sendAll()
  expect((await findTarget(env, accountId))?.lastError).toBe('cannot be reached')
  // An error that names the address.
  const address = `${receiverUrl}/hook/${hook}`
  vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(new TypeError(`cannot fetch ${address}`))
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, traceContext: '' })]), Date.now())
  await sendAll()
  expect((await findTarget(env, accountId))?.lastError).toBe('cannot be reached')
  expect(JSON.stringify(logged.mock.calls)).not.toContain(hook)
  vi.restoreAllMocks()
})

test.each([
  ['http://collector.example.org/v1/traces', '', 'https://'],
  ['https://10.0.0.1/v1/traces', '', 'public internet'],
  ['https://127.0.0.1/', '', 'public internet'],
  ['nonsense', '', 'use a URL'],
  ['https://collector.metrion.dev', 'no colon', 'one header a line'],
  ['https://collector.metrion.dev', 'Host: other.dev', 'leave out Host'],
  ['https://collector.metrion.dev', 'X-Key: a\u0000b', 'one header a line'],
])('a collector at %s with the headers %j is refused', async (url, headers, problem) => {
  const account = await makeAccount()
  const refused = await post(account, '/settings/traces', { url, headers })
  expect(refused.status).toBe(400)
  expect((await refused.text()).toLowerCase()).toContain(problem.toLowerCase())
  expect(await findTarget(env, (await memberOf(account)).accountId)).toBe(null)
})

test('traceparent as the standard has it', () => {
  expect(readTraceParent(PARENT)).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
  })
  expect(readTraceParent(PARENT.replace(/^00/, '01') + '-more')).not.toBe(null)
  for (const header of [
    null,
    '',
    PARENT.toUpperCase(),
    PARENT.replace(/^00/, 'ff'),
    `${PARENT}-more`,
    PARENT.replace('00f067aa0ba902b7', '0'.repeat(16)),
    PARENT.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
    PARENT.slice(0, -1),
    "00-4bf92f3577b34da6a3ce929d0e0e473'-00f067aa0ba902b7-01",
  ])
    expect({ header, read: readTraceParent(header) }).toEqual({ header, read: null })
})

test('a turn asks no more than the job says', async () => {
  for (const { accountId } of [await makeTraced(), await makeTraced(), await makeTraced()])
    await writeMessages(
      env.LEDGER,
      messagesOf([entry({ accountId, traceContext: '' })]),
      Date.now(),
    )
  const used: Cost = { queries: 0, calls: 0 }
  const fetched = vi.spyOn(globalThis, 'fetch')
  await sendTraces(counted(env, used), later())
  const { turn, fetches } = JOBS[CRONS.often]!['sendTraces']!
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(fetches!)
  fetched.mockRestore()
  expect(used.queries).toBeLessThanOrEqual(turn.queries)
  expect(used.calls).toBeLessThanOrEqual(turn.calls)
  await sendAll()
})
