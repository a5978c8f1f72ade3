import { expect, test } from 'vitest'
import { script, seenBy } from '../../xai/client.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { json } from '../../xai/reply.ts'
import { CHAT, chat, fetchWorker, makeAccount, rowOf, XAI_KEY, xaiUrl } from '../world.ts'

const account = await makeAccount()
const OWN_KEY = 'xai-callers-own-planted-key'

test('stored mode injects the key and sends nothing else that is ours or the caller’s own', async () => {
  const id = await script(
    xaiUrl,
    json(PLAIN, 200, {
      'set-cookie': 'planted=1',
      'x-ratelimit-limit-requests': '480',
      'x-other': 'no',
      'x-request-id': 'r',
    }),
  )
  const response = await chat(account, {
    headers: {
      'x-grok-conv-id': id,
      'x-metrion-user': 'ada',
      cookie: 'planted=1',
      'x-forwarded-for': '10.0.0.1',
      'cf-connecting-ip': '10.0.0.1',
      'user-agent': 'OpenAI/JS 7',
      'openai-organization': 'org',
    },
  })
  const [seen] = await seenBy(xaiUrl, id)
  expect(seen).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    body: JSON.stringify(CHAT),
  })
  const { headers } = seen!
  expect(headers['authorization']).toBe(`Bearer ${XAI_KEY}`)
  expect(headers['accept-encoding']).toBe('identity')
  expect(headers['user-agent']).toBe('OpenAI/JS 7')
  expect(headers['content-length']).toBe(String(JSON.stringify(CHAT).length))
  expect(
    Object.keys(headers).filter((name) => /cookie|x-metrion|x-forwarded|cf-c|openai/.test(name)),
  ).toEqual([])

  expect(response.headers.get('x-ratelimit-limit-requests')).toBe('480')
  expect(response.headers.get('x-request-id')).toBe('r')
  expect(response.headers.has('set-cookie')).toBe(false)
  expect(response.headers.has('x-other')).toBe(false)
  expect(response.headers.get('server-timing')).toMatch(/^metrion;dur=\d+, xai;dur=\d+$/)
})

test('pass-through mode forwards the caller’s key and stores it nowhere', async () => {
  const id = await script(xaiUrl, json(PLAIN))
  const response = await chat(account, {
    headers: {
      authorization: `Bearer ${OWN_KEY}`,
      'x-metrion-token': account.token,
      'x-grok-conv-id': id,
      'x-metrion-user': 'bob',
    },
  })
  expect(response.status).toBe(200)
  expect((await seenBy(xaiUrl, id))[0]!.headers['authorization']).toBe(`Bearer ${OWN_KEY}`)
  const row = await rowOf(account, response)
  expect(row).toMatchObject({ mode: 'pass-through', requester: 'bob', costTicks: 1_176_500 })
  expect(JSON.stringify(row)).not.toContain('planted')
})

test('takes the token as x-api-key, and the caller’s own key there too', async () => {
  const path = '/api/proxy/grok/v1/models'
  expect((await fetchWorker(path, { headers: { 'x-api-key': account.token } })).status).toBe(200)
  const own = { 'x-api-key': OWN_KEY, 'x-metrion-token': account.token }
  expect((await fetchWorker(path, { headers: own })).status).toBe(200)
})

test.each([
  '/models',
  '/v1/models',
  '/v1/v1/models',
  '/v1/models/grok-4.3',
  '/models/grok-4.3?x=1',
])('serves %s under whichever base URL, free of charge', async (path) => {
  const response = await fetchWorker(`/api/proxy/grok${path}`, {
    headers: { authorization: `Bearer ${account.token}` },
  })
  expect(response.status).toBe(200)
  expect(JSON.stringify(await response.json())).toContain('grok-4.3')
  expect(await rowOf(account, response)).toMatchObject({
    outcome: 'complete',
    costBasis: 'none',
    costTicks: null,
    requestedModel: null,
  })
})

const S = '"model":"m","messages":[]'
test.each([
  [
    'reads escaped keys',
    `{${S},"str\\u0065am":true}`,
    `{${S},"str\\u0065am":true,"stream_options":{"include_usage":true}}`,
  ],
  [
    'adds the option',
    `{${S},"stream":true}`,
    `{${S},"stream":true,"stream_options":{"include_usage":true}}`,
  ],
  [
    'adds it before trailing space',
    `{"stream":true,${S} }\n`,
    `{"stream":true,${S} ,"stream_options":{"include_usage":true}}\n`,
  ],
  [
    'completes options',
    `{"stream_options":{"a":[1]},"stream":true,${S}}`,
    `{"stream_options":{"a":[1],"include_usage":true},"stream":true,${S}}`,
  ],
  [
    'turns it on',
    `{"stream":true,"stream_options":{"include_usage":false},${S}}`,
    `{"stream":true,"stream_options":{"include_usage":true},${S}}`,
  ],
  [
    'replaces null',
    `{"stream":true,"stream_options": null ,${S}}`,
    `{"stream":true,"stream_options": {"include_usage":true} ,${S}}`,
  ],
  ['leaves what is on', `{"stream":true,"stream_options":{"include_usage" : true},${S}}`, null],
  ['leaves plain requests', `{"stream":false,"stream_options":null,${S}, "x":"ünï"}`, null],
  [
    'leaves nested members',
    `{${S},"tools":[{"stream":true}],"x":{"stream":true,"stream_options":1}}`,
    null,
  ],
])('asks xAI for usage: %s', async (_, body, expected) => {
  const id = await script(xaiUrl, json(PLAIN))
  await (await chat(account, { body, headers: { 'x-grok-conv-id': id } })).arrayBuffer()
  expect((await seenBy(xaiUrl, id))[0]!.body).toBe(expected ?? body)
})

const padding = 'x'.repeat(2_000_000)
test.each([
  [
    'at the end',
    `{"model":"m","messages":["${padding}"],"stream":true}`,
    `{"model":"m","messages":["${padding}"],"stream":true,"stream_options":{"include_usage":true}}`,
  ],
  [
    'known before',
    `{"stream":true,"stream_options":{},"model":"m","messages":["${padding}"]}`,
    `{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":["${padding}"]}`,
  ],
  [
    'options before the stream',
    `{"stream_options":{},"model":"m","messages":["${padding}"],"stream":true}`,
    `{"stream_options":{"include_usage":true},"model":"m","messages":["${padding}"],"stream":true}`,
  ],
  ['not a stream', `{"model":"m","messages":["${padding}"]}`, null],
])('asks xAI for usage in a body that is streamed through: %s', async (_, body, expected) => {
  const id = await script(xaiUrl, json(PLAIN))
  const response = await chat(account, { body, headers: { 'x-grok-conv-id': id } })
  expect(await response.json()).toEqual(PLAIN)
  const [seen] = await seenBy(xaiUrl, id)
  expect(seen).toMatchObject({ bodyWhole: true, bodyHash: await sha256(expected ?? body) })
  expect(await rowOf(account, response)).toMatchObject({ requestedModel: 'm' })
})

test.each([
  ['  ada  ', 'ada'],
  ['', null],
  ['   ', null],
  ['Zoë 日本 😀', 'Zoë 日本 😀'],
  ['x'.repeat(300), 'x'.repeat(128)],
  ['😀'.repeat(300), '😀'.repeat(32)],
])('labels the request: %j', async (sent, label) => {
  const response = await chat(account, {
    reply: json(PLAIN),
    headers: { 'x-metrion-user': sent },
  })
  expect(response.status).toBe(200)
  expect(await rowOf(account, response)).toMatchObject({ requester: label })
})

async function sha256(text: string): Promise<string> {
  return new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)),
  ).toHex()
}

test('a redirect of xAI is passed on, not followed with the key', async () => {
  const elsewhere = await script(xaiUrl, json({}))
  const id = await script(xaiUrl, {
    status: 307,
    headers: { location: `${xaiUrl}/v1/models?${elsewhere}` },
  })
  const response = await chat(account, { headers: { 'x-grok-conv-id': id } })
  expect(response.status).toBe(307)
  expect(response.headers.has('location')).toBe(false)
  expect(await seenBy(xaiUrl, id)).toHaveLength(1)
})

test('xAI’s word on when to try again reaches the caller', async () => {
  const reply = json({ code: 'x', error: 'y' }, 429, {
    'retry-after': '7',
    'retry-after-ms': '7000',
    'x-should-retry': 'true',
    'x-metrics-ttft-ms': '5',
  })
  const { headers } = await chat(account, { reply })
  expect(Object.fromEntries(headers)).toMatchObject({
    'retry-after': '7',
    'retry-after-ms': '7000',
    'x-should-retry': 'true',
    'x-metrics-ttft-ms': '5',
  })
})

test('sends on what xAI’s own clients send', async () => {
  const id = await script(xaiUrl, json({}))
  const sent = {
    accept: 'application/json',
    'x-client-request-id': 'c',
    'xai-sdk-version': '1',
    'anthropic-version': '2',
    'x-grok-conv-id': id,
  }
  await chat(account, { headers: sent })
  expect((await seenBy(xaiUrl, id))[0]!.headers).toMatchObject(sent)
})

test('the token in x-metrion-token alone is stored mode too', async () => {
  const response = await fetchWorker('/api/proxy/grok/models', {
    headers: { 'x-metrion-token': account.token },
  })
  expect(await rowOf(account, response)).toMatchObject({ mode: 'stored', status: 200 })
})
