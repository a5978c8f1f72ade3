import { afterAll, expect, test } from 'vitest'
import { drawTable } from '../../../src/cli/table.ts'
import type { Endpoint } from '../../../src/xai/endpoint.ts'
import { ENDPOINTS } from '../../../src/xai/endpoints.ts'
import { TRANSCRIPT } from '../../xai/media.ts'
import { seenBy } from '../../xai/client.ts'
import { events, json, stream, type Reply } from '../../xai/reply.ts'
import { chat, fetchWorker, makeAccount, rowOf, xaiUrl } from '../world.ts'
import { base, CASES, END, HIDDEN_USAGE, TEXT } from './endpoint-cases.ts'
import { MARCH, ROWS, usageOf, vectors } from '../pricing/vectors.ts'

const account = await makeAccount()
const seen: { endpoint: string; kind: string; basis: string }[] = []

test.each(CASES)('$endpoint, $kind: $what', async ({ endpoint, kind, reply, body, row }) => {
  const answered = await chat(account, { path: `/api/proxy/grok/${endpoint}`, reply, body })
  const received = await answered.text().catch(() => null)
  if (reply.ending !== 'cut' && endpoint !== 'completions')
    expect(received).toBe(new TextDecoder().decode(sentBy(reply)))
  const written = await rowOf(account, answered)
  expect(written).toMatchObject({
    endpoint,
    streamed: kind !== 'plain' && endpoint !== 'tts',
    ...row,
  })
  seen.push({ endpoint, kind, basis: String(written['costBasis']) })
})

function sentBy(reply: Reply): Uint8Array {
  const text = (reply.chunks ?? []).map(atob).join('')
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

afterAll(() => {
  const bases = (endpoint: string, kind: string): string =>
    [
      ...new Set(
        seen
          .filter((one) => one.endpoint === endpoint && one.kind === kind)
          .map((one) => one.basis),
      ),
    ].join(', ')
  const endpoints = [...new Set(seen.map(({ endpoint }) => endpoint))]
  console.log(
    drawTable(
      [
        { title: 'endpoint', cell: (endpoint) => endpoint },
        ...(['plain', 'streamed', 'aborted'] as const).map((kind) => ({
          title: kind,
          cell: (endpoint: string) => bases(endpoint, kind),
        })),
      ],
      endpoints,
    ),
  )
})

test('the usage-only event of completions is hidden from who did not ask for it', async () => {
  const answered = await chat(account, {
    path: '/api/proxy/grok/completions',
    reply: stream(events([TEXT, END, HIDDEN_USAGE, '[DONE]'])),
    body: { model: 'grok-4.3', prompt: 'Say ok', stream: true },
  })
  expect(await answered.text()).toBe(events([TEXT, END, '[DONE]']).join(''))
})

test('an upload goes out and comes back as it is, and sound is billed by its length', async () => {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(300_000).fill(1)], { type: 'audio/wav' }), 'a.wav')
  const request = new Request('https://metrion.test/', { method: 'POST', body: form })
  const body = new Uint8Array(await request.clone().arrayBuffer())
  const id = crypto.randomUUID()
  const answered = await fetchWorker('/api/proxy/grok/stt', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${account.token}`,
      'content-type': request.headers.get('content-type')!,
      'x-grok-conv-id': id,
    },
    body,
  })
  expect(await answered.json()).toEqual(TRANSCRIPT)
  const [upload] = await seenBy(xaiUrl, id)
  const digest = await crypto.subtle.digest('SHA-256', body)
  expect(upload).toMatchObject({ bodyBytes: body.length, bodyHash: new Uint8Array(digest).toHex() })
  expect(upload?.headers['content-type']).toBe(request.headers.get('content-type'))
  expect(await rowOf(account, answered)).toMatchObject({
    endpoint: 'stt',
    costBasis: 'computed',
    costTicks: 2_000_000,
  })
})

test('every vector, through the door: reported and computed are the same, to the tick', async () => {
  // Those whose price has not changed since; the others are computed at their own time in another test.
  const current = vectors.filter(({ price_used: name }) => ROWS[name]![1] !== MARCH)
  expect(current.length).toBeGreaterThan(10)
  for (const vector of current) {
    const [model] = ROWS[vector.price_used]!
    const isChat = vector.api === 'chat'
    for (const reports of [true, false]) {
      const usage = usageOf(vector)
      if (!reports) delete usage['cost_in_usd_ticks']
      const answered = await chat(account, {
        path: `/api/proxy/grok/${isChat ? 'chat/completions' : 'responses'}`,
        reply: json({ id: 'v', model, usage, ...(isChat ? { choices: [] } : { output: [] }) }),
        ...(isChat ? {} : { body: base }),
      })
      await answered.text()
      const row = await rowOf(account, answered)
      const tools = vector.tool_calls > 0
      expect({ source: vector.source, reports, row }).toMatchObject({
        row: {
          costBasis: reports ? 'reported' : 'computed',
          // Searches were billed by the call then, and are by what they find now.
          costTicks:
            !reports && tools ? vector.ticks - vector.tool_calls * 50_000_000 : vector.ticks,
        },
      })
    }
  }
})

test('what is free is served with a row that says so', async () => {
  const free = Object.entries<Endpoint>(ENDPOINTS).filter(
    ([, { meter, refusal }]) => meter === null && refusal === null,
  )
  expect(free.length).toBeGreaterThan(20)
  for (const [key, { methods }] of free) {
    const name = key.replace(/^[A-Z]+ /, '')
    for (const method of methods) {
      const path = `/api/proxy/grok/v1/${name.replace('{id}', 'abc')}`
      const answered = await fetchWorker(path, {
        method,
        headers: { authorization: `Bearer ${account.token}` },
      })
      await answered.arrayBuffer()
      const row = await rowOf(account, answered)
      expect(row).toMatchObject({ endpoint: name, costBasis: 'none', costTicks: null })
    }
  }
})

test('what could be spent unseen is refused, with the reason and a way out', async () => {
  for (const name of ['complete', 'realtime/client_secrets', 'files/abc/public-url']) {
    const refused = await fetchWorker(`/api/proxy/grok/v1/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.token}` },
      body: '{}',
    })
    expect(refused.status).toBe(403)
    const { error } = await refused.json<{ error: { code: string; message: string } }>()
    expect(error.code).toBe('endpoint_refused')
    expect(error.message).toMatch(/^Cannot serve .*: .*;/)
    expect(await rowOf(account, refused)).toMatchObject({ outcome: 'refused', costBasis: 'none' })
  }
})

test('client secrets are made where an owner has allowed it, and are refused again after', async () => {
  const own = await makeAccount()
  const ask = (): Promise<Response> =>
    fetchWorker('/api/proxy/grok/v1/realtime/client_secrets', {
      method: 'POST',
      headers: { authorization: `Bearer ${own.token}`, 'content-type': 'application/json' },
      body: '{"expires_after":{"seconds":600}}',
    })
  const allow = (fields: Record<string, string>): Promise<Response> =>
    fetchWorker('/settings/account', {
      method: 'POST',
      headers: { cookie: own.cookie },
      body: new URLSearchParams({ name: 'Ada', currency: 'USD', keepAlive: 'on', ...fields }),
    })
  expect((await ask()).status).toBe(403)
  await allow({ clientSecrets: 'on' })
  const made = await ask()
  expect(made.status).toBe(200)
  expect(await made.json()).toMatchObject({ value: 'xai-secret-1' })
  expect(await rowOf(own, made)).toMatchObject({ costBasis: 'none', outcome: 'complete' })
  await allow({})
  expect((await ask()).status).toBe(403)
  const audit = await fetchWorker('/settings/audit', { headers: { cookie: own.cookie } })
  expect(await audit.text()).toContain('setting for client secrets')
})

test('a path outside the table is told what is nearest', async () => {
  const unknown = await fetchWorker('/api/proxy/grok/v1/audio/speech', { method: 'POST' })
  expect(unknown.status).toBe(404)
  const { error } = await unknown.json<{ error: { message: string } }>()
  expect(error.message).toContain('the nearest is POST /v1/tts')
  const method = await fetchWorker('/api/proxy/grok/v1/responses/abc', { method: 'PUT' })
  expect(method.status).toBe(405)
  expect(method.headers.get('allow')).toBe('GET, DELETE')
})
