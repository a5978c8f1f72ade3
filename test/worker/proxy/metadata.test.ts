import { expect, test } from 'vitest'
import { readMetadata } from '../../../src/proxy/metadata.ts'
import { allSeen, script, seenBy } from '../../xai/client.ts'
import { PLAIN } from '../../xai/recordings.ts'
import { json } from '../../xai/reply.ts'
import { api, chat, chatInit, fetchWorker, makeAccount, rowOf, XAI_KEY, xaiUrl } from '../world.ts'

const account = await makeAccount()

const read = (headers: Record<string, string>, secrets: string[] = []) =>
  readMetadata(new Headers(headers), secrets)
const tags = (text: string) => read({ 'x-metrion-tags': text }).tags

test('a session and tags are in the row, and in nothing that xAI gets', async () => {
  const id = await script(xaiUrl, json(PLAIN))
  const response = await chat(account, {
    headers: {
      'x-grok-conv-id': id,
      'x-metrion-session': 'chat%20of%20Zo%C3%AB',
      'x-metrion-tags': 'feature=search, version=2%2C1,beta',
    },
  })
  await response.text()
  expect(await rowOf(account, response)).toMatchObject({
    session: 'chat of Zoë',
    tags: { feature: 'search', version: '2,1', beta: '' },
  })
  const [seen] = await seenBy(xaiUrl, id)
  expect(JSON.stringify(seen)).not.toMatch(/metrion-(session|tags)|Zoë|Zo%C3|feature/i)
})

test.each([
  ['', null],
  [' , ,=x', null],
  ['a', { a: '' }],
  ['a=', { a: '' }],
  ['a=b=c', { a: 'b=c' }],
  ['a=1,a=2', { a: '1' }],
  ['a%3Db=c%2Cd', { 'a=b': 'c,d' }],
  ['100%=50%', { '100%': '50%' }],
  ['__proto__=x', Object.fromEntries([['__proto__', 'x']])],
  [
    Array.from({ length: 12 }, (_, at) => `k${at}=v`).join(','),
    Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, 'v'])),
  ],
])('tags are read, and what does not fit is cut: %s', (text, expected) => {
  expect(JSON.stringify(tags(text))).toBe(JSON.stringify(expected))
})

test('names and values are cut to 64 bytes, in whole characters', () => {
  const [[name, value] = []] = Object.entries(tags(`${'%C3%A9'.repeat(40)}=${'x'.repeat(99)}`)!)
  expect([name, value]).toEqual(['é'.repeat(32), 'x'.repeat(64)])
})

test('Helicone’s headers mean the same, and Metrion’s own come first', () => {
  const theirs = {
    'Helicone-User-Id': 'ada',
    'Helicone-Session-Id': 's1',
    'Helicone-Property-Feature': 'chat',
    'Helicone-Property-App': 'web',
  }
  expect(read(theirs)).toEqual({
    label: 'ada',
    session: 's1',
    tags: { app: 'web', feature: 'chat' },
  })
  const own = {
    'x-metrion-user': 'bob',
    'x-metrion-session': 's2',
    'x-metrion-tags': 'feature=search',
  }
  expect(read({ ...theirs, ...own })).toEqual({
    label: 'bob',
    session: 's2',
    tags: { feature: 'search', app: 'web' },
  })
})

test('a secret of the request is in no part of what describes it', () => {
  const told = read(
    {
      'x-metrion-session': `s ${XAI_KEY}`,
      'x-metrion-tags': `key=${XAI_KEY},${XAI_KEY}=v`,
      'Helicone-Property-Key2': encodeURIComponent(XAI_KEY),
    },
    [XAI_KEY],
  )
  expect(JSON.stringify(told)).not.toContain('planted')
  expect(told.tags).toMatchObject({ key: '[secret]', key2: '[secret]' })
})

/** The conversation ids that xAI saw of requests with these headers. */
async function conversationOf(
  headers: Record<string, string>,
  { token, path = 'chat/completions' }: { token: string; path?: string },
): Promise<string | undefined> {
  const marker = crypto.randomUUID()
  const body =
    path === 'responses'
      ? { model: 'grok-4.3', input: marker }
      : { model: 'grok-4.3', messages: [{ role: 'user', content: marker }] }
  const init = chatInit(token, body, headers)
  await (await fetchWorker(`/api/proxy/grok/v1/${path}`, init)).text()
  const seen = await allSeen(xaiUrl)
  return seen.find(({ body: sent }) => sent?.includes(marker))?.headers['x-grok-conv-id']
}

test('a session without a conversation id gets one, always the same, that tells nothing', async () => {
  const session = { 'x-metrion-session': 'the quarterly report' }
  const [one, again] = [
    await conversationOf(session, account),
    await conversationOf(session, { ...account, path: 'responses' }),
  ]
  expect(one).toMatch(/^[0-9a-f]{32}$/)
  expect(again).toBe(one)
  const other = await makeAccount()
  expect(await conversationOf(session, other)).not.toBe(one)
  expect(await conversationOf({ 'x-metrion-session': 'another' }, account)).not.toBe(one)
  expect(await conversationOf({}, account)).toBeUndefined()
  expect(await conversationOf({ ...session, 'x-grok-conv-id': 'own' }, account)).toBe('own')
})

test('the account can switch that off', async () => {
  const quiet = await makeAccount()
  const session = { 'x-metrion-session': 's' }
  expect(await conversationOf(session, quiet)).toBeDefined()
  // A form sends only the boxes that are ticked.
  const saved = await fetchWorker('/settings/account', {
    method: 'POST',
    headers: { cookie: quiet.cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name: 'Quiet', currency: 'USD', keepAlive: 'on' }),
    redirect: 'manual',
  })
  expect(saved.status).toBe(303)
  expect(await conversationOf(session, quiet)).toBeUndefined()
})

test('the API finds requests by session and tag', async () => {
  const listed = await api(account, 'GET', '/requests?session=chat%20of%20Zo%C3%AB&tag=beta')
  const { requests } = await listed.json<{ requests: { session: string }[] }>()
  expect(requests.map(({ session }) => session)).toEqual(['chat of Zoë'])
})
