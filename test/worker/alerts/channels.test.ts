import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { shownTarget, targetProblem } from '../../../src/alerts/channels/target.ts'
import { api, makeAccount } from '../world.ts'
import { makeChannel, plan, receivedBy, receiverUrl, type Channel } from './world.ts'

test('a webhook is signed as Standard Webhooks says, and its secret is shown once', async () => {
  const account = await makeAccount()
  const { channel, name } = await makeChannel(account)
  expect(channel.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const tested = await api(account, 'POST', `/channels/${channel.id}/test`)
  expect(await tested.json()).toEqual({ isDelivered: true, error: null })
  const [received] = await receivedBy(name)
  const { body, headers } = received!
  const event = new Webhook(channel.secret!).verify(body, headers)
  expect(event).toMatchObject({
    type: 'channel.test',
    url: 'https://metrion.test/alerts',
    data: { title: 'Test of the channel “ops”' },
  })
  expect(() => new Webhook(channel.secret!).verify(body.replace('ops', 'oops'), headers)).toThrow()
  const listed = await (await api(account, 'GET', '/channels')).text()
  expect(listed).not.toContain(channel.secret!.slice(6))
  expect(listed).not.toContain(name)
})

test('a new secret replaces the one before', async () => {
  const account = await makeAccount()
  const { channel, name } = await makeChannel(account)
  const changed = await api(account, 'PATCH', `/channels/${channel.id}`, { rotateSecret: true })
  const { secret } = await changed.json<Channel>()
  expect(secret).not.toBe(channel.secret)
  await api(account, 'POST', `/channels/${channel.id}/test`)
  const [received] = await receivedBy(name)
  const { body, headers } = received!
  expect(() => new Webhook(channel.secret!).verify(body, headers)).toThrow()
  new Webhook(secret!).verify(body, headers)
})

test('Slack gets text, in which nothing of ours calls anybody', async () => {
  const account = await makeAccount()
  const { channel, name } = await makeChannel(account, 'slack')
  expect(channel.secret).toBeNull()
  const calling = 'a <!channel> & b @everyone https://evil.example'
  await api(account, 'PATCH', `/channels/${channel.id}`, { name: calling })
  await api(account, 'POST', `/channels/${channel.id}/test`)
  const [received] = await receivedBy(name)
  const { text } = JSON.parse(received!.body) as { text: string }
  expect(text).toContain('a &lt;!channel&gt; &amp; b')
  expect(text).not.toContain('@everyone')
  expect(text.match(/https?:\/\//g)).toHaveLength(1)
  expect(text.length).toBeLessThan(2_000)
  expect(text).toContain('<https://metrion.test/alerts|Open in Metrion>')
  expect(received!.headers['webhook-signature']).toBeUndefined()
})

test.each([
  ['error', 'answered 500'],
  ['redirect', 'answered 302: redirects are not followed'],
  ['reset', 'cannot be reached'],
] as const)('a channel that does not take the test says why: %s', async (step, why) => {
  const account = await makeAccount()
  const { channel, name } = await makeChannel(account)
  await plan(name, [step])
  const tested = await api(account, 'POST', `/channels/${channel.id}/test`)
  expect(await tested.json()).toEqual({ isDelivered: false, error: why })
  expect(await receivedBy('elsewhere')).toEqual([])
  const { channels } = await (
    await api(account, 'GET', '/channels')
  ).json<{ channels: Channel[] }>()
  expect(channels[0]).toMatchObject({ failures: 1, isFailing: false, lastError: why })
})

test('a channel that fails five times in a row is shown as failing, until it works again', async () => {
  const account = await makeAccount()
  const { channel, name } = await makeChannel(account)
  await plan(name, ['error', 'error', 'error', 'error', 'error', 'ok'])
  const stateOf = async (): Promise<Channel | undefined> =>
    (await (await api(account, 'GET', '/channels')).json<{ channels: Channel[] }>()).channels[0]
  for (let attempt = 0; attempt < 5; attempt++)
    await api(account, 'POST', `/channels/${channel.id}/test`)
  expect(await stateOf()).toMatchObject({ failures: 5, isFailing: true })
  await api(account, 'POST', `/channels/${channel.id}/test`)
  expect(await stateOf()).toMatchObject({ failures: 0, isFailing: false, lastError: null })
})

const PRIVATE = [
  'http://hooks.example.org/x',
  'ftp://hooks.example.org/x',
  'https://localhost/x',
  'https://localhost./x',
  'https://app.localhost/x',
  'https://metrion/x',
  'https://printer.local/x',
  'https://db.internal/x',
  'https://router.home.arpa/x',
  'https://127.0.0.1/x',
  'https://127.1/x',
  'https://0x7f000001/x',
  'https://2130706433/x',
  'https://10.0.0.1/x',
  'https://172.16.5.5/x',
  'https://192.168.1.1:8443/x',
  'https://169.254.169.254/latest/meta-data',
  'https://100.64.0.1/x',
  'https://0.0.0.0/x',
  'https://[::1]/x',
  'https://[::ffff:10.0.0.1]/x',
  'https://[fd00::1]/x',
  'https://[fe80::1]/x',
  'https://[64:ff9b::a00:1]/x',
  'https://[::127.0.0.1]/x',
  'https://[2002:7f00:1::]/x',
  'https://localhost../x',
  'https://127.0.0.1../x',
  'https://metadata.google.internal../x',
  'https://localhost.localdomain/x',
  'https://kubernetes.default.svc/x',
  'https://168.63.129.16/x',
  'https://169.254.169.254.nip.io/x',
  'https://user:pass@hooks.example.org/x',
  'not a url',
]

test.each(PRIVATE)('a channel does not lead to %s', (address) => {
  expect(targetProblem(address, ['http://127.0.0.1:1'])).not.toBeNull()
})

test.each([
  'https://hooks.example.org/x',
  'https://discord.com/api/webhooks/1/abc/slack',
  'https://8.8.8.8/x',
  'https://[2606:4700::1111]:8443/x',
])('a channel may lead to %s', (address) => {
  expect(targetProblem(address, [])).toBeNull()
})

test('the address of a channel is shown in part', () => {
  expect(shownTarget('https://hooks.slack.com/services/T0/B0/secretsecret')).toBe(
    'hooks.slack.com/…cret',
  )
})

test.each([
  [{ name: 'x', kind: 'webhook', target: 'https://10.0.0.1/' }, 'target', 'public internet'],
  [{ name: 'x', kind: 'webhook', target: 'http://example.org/' }, 'target', 'https://'],
  [{ name: 'x', kind: 'email', target: 'a@example.org' }, 'kind', 'sends no e-mail'],
  [{ name: 'x', kind: 'email', target: 'nobody' }, 'target', 'one e-mail address'],
  [{ name: '', kind: 'webhook', target: 'https://example.org/' }, 'name', 'name for the channel'],
  [{ name: 'x', kind: 'pager', target: 'https://example.org/' }, 'kind', 'webhook, slack, email'],
  [{ name: 'x', kind: 'slack', target: 'https://example.org/', more: 1 }, 'more', 'no such'],
])('%j is refused', async (body, param, says) => {
  const account = await makeAccount()
  const response = await api(account, 'POST', '/channels', body)
  expect(response.status).toBe(400)
  const { error } = await response.json<{ error: { param: string; message: string } }>()
  expect(error).toMatchObject({ param, message: expect.stringContaining(says) as string })
})

test('an account has ten channels at most, and nobody reaches those of another', async () => {
  const [account, other] = [await makeAccount(), await makeAccount()]
  for (let made = 0; made < 10; made++) await makeChannel(account)
  const target = `${receiverUrl}/hook/eleven`
  const eleventh = await api(account, 'POST', '/channels', { name: 'x', kind: 'slack', target })
  expect(await eleventh.text()).toContain('at most 10 channels')
  const { channels } = await (
    await api(account, 'GET', '/channels')
  ).json<{ channels: Channel[] }>()
  const { id } = channels[0]!
  for (const [method, path] of [
    ['PATCH', `/channels/${id}`],
    ['DELETE', `/channels/${id}`],
    ['POST', `/channels/${id}/test`],
  ] as const)
    expect((await api(other, method, path, method === 'PATCH' ? {} : undefined)).status).toBe(404)
  expect((await api(account, 'DELETE', `/channels/${id}`)).status).toBe(204)
})
