import { expect, test } from 'vitest'
import type { Endpoint } from '../../../src/xai/endpoint.ts'
import { ENDPOINTS } from '../../../src/xai/endpoints.ts'
import { script, seenBy } from '../../xai/client.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { json } from '../../xai/reply.ts'
import { api, CHAT, chat, fetchWorker, makeAccount, rowOf, xaiUrl } from '../world.ts'

const account = await makeAccount()
const bearer = { authorization: `Bearer ${account.token}` }

async function typeSeen(path: string, type: string | null): Promise<string | undefined> {
  const id = await script(xaiUrl, json({ ok: 1 }))
  const body = new TextEncoder().encode(
    JSON.stringify({ ...CHAT, input: 'x', prompt: 'x', text: 'x' }),
  )
  const answered = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    method: 'POST',
    headers: {
      ...bearer,
      'x-grok-conv-id': id,
      ...(type === null ? {} : { 'content-type': type }),
    },
    body,
  })
  await answered.text()
  const [seen] = await seenBy(xaiUrl, id)
  return seen?.headers['content-type']
}

test.each([
  ['none', null, 'application/json'],
  ['that of a form, as curl sends it', 'application/x-www-form-urlencoded', 'application/json'],
  ['that of a text', 'text/plain;charset=UTF-8', 'application/json'],
  ['JSON', 'application/json', 'application/json'],
  ['JSON in UTF-8', 'application/json; charset=utf-8', 'application/json; charset=utf-8'],
  ['JSON of a kind', 'application/vnd.api+json', 'application/vnd.api+json'],
  ['a text that speaks of JSON', 'text/plain; profile=json', 'application/json'],
  ['JSON by lines', 'application/json-seq', 'application/json'],
])('JSON goes on as JSON where its type is %s', async (_, type, expected) => {
  expect(await typeSeen('chat/completions', type)).toBe(expected)
})

test('every endpoint that takes JSON alone is told that it is', async () => {
  const taking = Object.entries<Endpoint>(ENDPOINTS).filter(
    ([, { takesJson, methods, refusal }]) =>
      takesJson && methods.includes('POST') && refusal === null,
  )
  expect(taking.length).toBeGreaterThan(15)
  for (const [name] of taking) {
    const path = name.replace('{id}', 'abc')
    expect({ path, type: await typeSeen(path, 'text/plain') }).toEqual({
      path,
      type: 'application/json',
    })
  }
  // What is uploaded keeps its type.
  for (const path of ['files', 'stt', 'custom-voices'])
    expect(await typeSeen(path, 'multipart/form-data; boundary=x')).toContain('multipart')
})

test.each([
  'videos/v-1',
  'chat/deferred-completion/d-1',
  'images/i-1',
  'batches/b-1/results',
  'responses/r-1',
])('a part of %s cannot be asked for: its bill might be in the other one', async (path) => {
  const id = await script(xaiUrl, json({ ...PLAIN, status: 'done' }))
  const answered = await fetchWorker(`/api/proxy/grok/v1/${path}`, {
    headers: { ...bearer, 'x-grok-conv-id': id, range: 'bytes=0-99', 'if-range': '"e"' },
  })
  await answered.text()
  const [seen] = await seenBy(xaiUrl, id)
  expect(seen?.headers).not.toHaveProperty('range')
  expect(seen?.headers).not.toHaveProperty('if-range')
})

test('a part of a file can', async () => {
  const id = await script(xaiUrl, json({}, 206))
  const answered = await fetchWorker('/api/proxy/grok/v1/files/f-1/content', {
    headers: { ...bearer, 'x-grok-conv-id': id, range: 'bytes=0-99', 'if-range': '"e"' },
  })
  await answered.text()
  const [seen] = await seenBy(xaiUrl, id)
  expect(seen?.headers).toMatchObject({ range: 'bytes=0-99', 'if-range': '"e"' })
})

const labelOf = async (header: string): Promise<unknown> => {
  const answered = await chat(account, { headers: { 'x-metrion-user': header } })
  await answered.text()
  return (await rowOf(account, answered))['requester']
}

test('names that differ in a letter are different requesters, percent-encoded', async () => {
  const names = ['Zoë', 'Zoé', 'Zoè', '李雷', 'a b/c?d=e&f', '50% off', '😀'.repeat(32)]
  for (const name of names) expect(await labelOf(encodeURIComponent(name))).toBe(name)
})

test.each([
  ['what is no percent-encoding stays as it is', '100%', '100%'],
  ['nor is it decoded in part', 'Zo%C3%AB 5%', 'Zo%C3%AB 5%'],
  ['nor what is no UTF-8', 'Zo%EB', 'Zo%EB'],
  ['nor twice', '%2525', '%25'],
  ['line breaks become spaces', 'a%0D%0Ab%00c', 'a b c'],
  ['nothing is no label', '%20%20', null],
  ['a plus is one', 'a+b', 'a+b'],
])('a label: %s', async (_, header, label) => {
  expect(await labelOf(header)).toBe(label)
})

test.each([
  ['a token', `%73k-metrion-${'0123456789abcdef'.repeat(2)}`],
  ['the token of the request', account.token.replaceAll('-', '%2D')],
  ['a key', `%78ai-${'aB3'.repeat(27)}`],
])('%s that is percent-encoded is kept out of a label', async (_, secret) => {
  expect(await labelOf(`for%20${secret}`)).toBe('for [secret]')
})

test('a label whose letters were lost is kept, and its row says what to do', async () => {
  // As Node sends "Zoë", a byte a letter; a test can only say what the runtime makes of it.
  const answered = await chat(account, { headers: { 'x-metrion-user': 'Zo%EF%BF%BD' } })
  const row = await rowOf(account, answered)
  expect(row['requester']).toBe('Zo\uFFFD')
  const look = async (path: string): Promise<string> =>
    (await fetchWorker(path, { headers: { cookie: account.cookie } })).text()
  expect(await look(`/logs/${String(row['id'])}`)).toContain('encodeURIComponent')
  expect(await look('/logs')).toContain('characters lost')
  const other = await rowOf(account, await chat(account))
  expect(await look(`/logs/${String(other['id'])}`)).not.toContain('encodeURIComponent')
})

const KEY = 'xai-planted-secret-key-1234'
const TOKEN_SHAPE = `sk-metrion-${'0123456789abcdef'.repeat(2)}`
const API_SHAPE = `mk-metrion-${'0123456789abcdef'.repeat(2)}`
const KEY_SHAPE = `xai-${'aB3'.repeat(27)}`

test.each([
  ['the key of the request', `Bad key ${KEY}.`, 'Bad key [secret].'],
  ['its token', `No ${account.token}!`, 'No [secret]!'],
  ['another token', `No ${TOKEN_SHAPE}`, 'No [secret]'],
  ['an API token', `No ${API_SHAPE}`, 'No [secret]'],
  [
    'a token in a longer word',
    `key_${TOKEN_SHAPE}_1 and a_${KEY_SHAPE}`,
    'key_[secret]_1 and a_[secret]',
  ],
  ['another key', `Bearer ${KEY_SHAPE} is blocked`, 'Bearer [secret] is blocked'],
  ['a secret across the cut', `${'x'.repeat(490)} ${KEY}`, `${'x'.repeat(490)} [secret]`],
  [
    'a secret across what is read',
    `${'<p>'.repeat(1_327)}${'y'.repeat(10)} ${KEY}`,
    'yyyyyyyyyy [secret]',
  ],
  [
    'nothing that only looks like one',
    'Use sk-learn-pipeline or xai-grok-beta',
    'Use sk-learn-pipeline or xai-grok-beta',
  ],
  ['no word behind Bearer', 'A Bearer token is needed', 'A Bearer token is needed'],
  [
    'no other tool',
    'ask-metrion-support helps; task-metrion-1',
    'ask-metrion-support helps; task-metrion-1',
  ],
])('of xAI’s words, %s is scrubbed', async (_, words, kept) => {
  const answered = await chat(account, { reply: json({ code: 'c', error: words }, 400) })
  await answered.text()
  expect((await rowOf(account, answered))['errorText']).toBe(kept)
})

test('a secret that a head of plain words ends in is not kept in part', async () => {
  for (const before of [3_960, 3_975, 3_990]) {
    const words = `${'<b>'.repeat(before / 3)}${KEY} and so on`
    const answered = await chat(account, {
      reply: { ...json({}, 400), headers: { 'content-type': 'text/html' }, chunks: [btoa(words)] },
    })
    await answered.text()
    const text = String((await rowOf(account, answered))['errorText'])
    expect(text).toContain('[secret]')
    expect(text).not.toContain('xai-p')
  }
})

test('names of models are kept as they are, but for secrets', async () => {
  const model = 'xai-grok-4.9-preview'
  const answered = await chat(account, {
    reply: json({ ...PLAIN, model }),
    body: { ...CHAT, model },
  })
  await answered.text()
  expect(await rowOf(account, answered)).toMatchObject({ requestedModel: model, model })
  for (const secret of [account.token, KEY, `${'m'.repeat(185)}${KEY}`]) {
    const odd = await chat(account, { body: { ...CHAT, model: secret } })
    await odd.text()
    const row = JSON.stringify(await rowOf(account, odd))
    expect(row).not.toContain(KEY.slice(0, 12))
    expect(row).not.toContain(account.token.slice(0, 20))
    const labelled = await chat(account, { headers: { 'x-metrion-user': secret } })
    await labelled.text()
    expect(JSON.stringify(await rowOf(account, labelled))).not.toContain(account.token)
  }
})

test('costs by requester go by the decoded name', async () => {
  const own = await makeAccount()
  for (const name of ['Zoë', 'Zoé']) {
    const answered = await chat(own, { headers: { 'x-metrion-user': encodeURIComponent(name) } })
    await answered.text()
    await rowOf(own, answered)
  }
  const from = new Date(Date.now() - 3_600_000).toISOString()
  const told = await api(own, 'GET', `/usage?from=${from}&groupBy=requester`)
  const { groups } = await told.json<{ groups: { key: string }[] }>()
  expect(groups.map(({ key }) => key).toSorted()).toEqual(['Zoé', 'Zoë'])
})
