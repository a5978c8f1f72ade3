import { expect, test, vi } from 'vitest'
import { HOUR_MS } from '../../../src/http/time.ts'
import { chat, fetchWorker, makeAccount, rowOf, type Account } from '../world.ts'

const page = (account: Account, path: string, fields?: Record<string, string>): Promise<Response> =>
  fetchWorker(path, {
    ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    redirect: 'manual',
    headers: { cookie: account.cookie, accept: 'text/html' },
  })

const textOf = async (account: Account, path: string): Promise<string> =>
  (await page(account, path)).text()

const FORM = { name: 'first', scope: 'all', expires: '', models: '', endpoints: '', addresses: '' }

test('a token’s page says what it has used, and sets its limits', async () => {
  const account = await makeAccount()
  await rowOf(account, await chat(account))
  const path = `/tokens/${account.tokenId}`
  expect(await textOf(account, '/settings/tokens')).toContain(`href="${path}"`)
  const html = await textOf(account, path)
  expect(html).toContain('1 request<')
  expect(html).toMatch(/\$0\.000\d+/)
  expect(html).toContain(`/logs?token=${account.tokenId}`)

  const saved = await page(account, path, {
    ...FORM,
    name: 'Production',
    models: 'grok-3*\r\n grok-2',
    addresses: '203.0.113.7',
  })
  expect(saved.headers.get('location')).toBe(`${path}?notice=saved`)
  expect((await chat(account)).status).toBe(403)
  const now = await textOf(account, `${path}?notice=saved`)
  expect(now).toContain('Production')
  expect(now).toContain('grok-3*\ngrok-2')
  expect(now).toContain('203.0.113.7/32')
  await page(account, path, { ...FORM, name: 'Production' })
  expect((await chat(account)).status).toBe(200)
})

test('a limit that cannot be used is said beside what was typed, and nothing is saved', async () => {
  const account = await makeAccount()
  const path = `/tokens/${account.tokenId}`
  const refused = await page(account, path, { ...FORM, addresses: 'office', models: 'grok-3' })
  expect(refused.status).toBe(400)
  const html = await refused.text()
  expect(html).toContain('“office” is not an IP address')
  expect(html).toContain('>grok-3</textarea>')
  expect((await chat(account)).status).toBe(200)
})

test('an expired token says so, and other limits can be saved without a new expiry', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const account = await makeAccount()
    const path = `/tokens/${account.tokenId}`
    const expires = new Date(Date.now() + HOUR_MS).toISOString().slice(0, 16)
    await page(account, path, { ...FORM, expires })
    vi.setSystemTime(Date.now() + 2 * HOUR_MS)
    expect(await textOf(account, path)).toContain('Expired</span>')
    const saved = await page(account, path, { ...FORM, expires, name: 'Old' })
    expect(saved.status).toBe(303)
    expect((await chat(account)).status).toBe(401)
  } finally {
    vi.useRealTimers()
  }
})

test('a rotated secret is shown, and the one before has its time', async () => {
  const account = await makeAccount()
  const path = `/tokens/${account.tokenId}`
  const rotated = await page(account, `${path}/rotate`, { graceHours: '24' })
  expect(rotated.headers.get('location')).toBe(`${path}?notice=rotated`)
  const html = await textOf(account, path)
  const [token = ''] = html.match(/sk-metrion-[0-9a-f]{32}/) ?? []
  expect(token).not.toBe(account.token)
  expect(html).toContain('The previous secret works until')
  for (const one of [account, { ...account, token }]) expect((await chat(one)).status).toBe(200)
})

test('nobody sees or changes another account’s token', async () => {
  const [account, stranger] = [await makeAccount(), await makeAccount()]
  const path = `/tokens/${account.tokenId}`
  for (const response of [
    await page(stranger, path),
    await page(stranger, path, { ...FORM, disabled: 'on' }),
    await page(stranger, `${path}/rotate`, { graceHours: '0' }),
  ]) {
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('first')
  }
  expect((await chat(account)).status).toBe(200)
})

test('saving another field leaves the lists as they are, however lines end', async () => {
  const account = await makeAccount()
  const path = `/tokens/${account.tokenId}`
  const lists = { models: 'grok-4*\r\ngrok-3', endpoints: 'chat/*' }
  await page(account, path, { ...FORM, ...lists })
  await page(account, path, { ...FORM, ...lists, name: 'renamed' })
  const audit = await textOf(account, '/settings/audit')
  expect(audit).toContain('first: models, endpoints')
  expect(audit).toContain('first: name<')
})

test('a rotation without a time is refused, and changes nothing', async () => {
  const account = await makeAccount()
  for (const graceHours of ['', 'abc', '169'])
    expect((await page(account, `/tokens/${account.tokenId}/rotate`, { graceHours })).status).toBe(
      400,
    )
  expect((await chat(account)).status).toBe(200)
})

test('Integrate shows a token that works, and creates one where none does', async () => {
  const account = await makeAccount()
  await page(account, `/tokens/${account.tokenId}`, { ...FORM, disabled: 'on' })
  expect(await textOf(account, '/settings/tokens')).toContain('Disabled</span>')
  expect(await textOf(account, '/integrate')).not.toContain(account.token)
  await page(account, '/integrate/token', {})
  const [token = ''] = (await textOf(account, '/integrate')).match(/sk-metrion-[0-9a-f]{32}/) ?? []
  expect((await chat({ ...account, token })).status).toBe(200)
})
