import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { json } from '../../xai/reply.ts'
import { api, chat, fetchWorker, makeAccount, rowOf, signUp, type Account } from '../world.ts'
import { billed, createBudget, USD } from './world.ts'

const page = async (account: Pick<Account, 'cookie'>, path: string) => {
  const response = await fetchWorker(path, {
    headers: { cookie: account.cookie, accept: 'text/html' },
  })
  return { status: response.status, text: await response.text() }
}
const post = (account: Pick<Account, 'cookie'>, path: string, fields: Record<string, string>) =>
  fetchWorker(path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie },
    body: new URLSearchParams(fields),
  })

const FORM = {
  name: 'Monthly spend',
  scope: 'requester',
  which: 'each',
  value: '',
  meter: 'cost',
  window: 'month',
  limit: '12.5',
  action: 'stop',
  whenUnavailable: 'closed',
  thresholds: '50, 90 100',
  increaseBy: '2',
  increaseUntil: '2099-01-31T00:00',
}

test('a budget is created, shown, changed and deleted by its forms', async () => {
  const account = await makeAccount()
  expect((await page(account, '/limits')).text).toContain('No budget yet')
  const created = await post(account, '/limits/new', FORM)
  expect(created.status).toBe(303)
  const path = new URL(created.headers.get('location')!, 'https://x').pathname
  const id = path.split('/')[2]!
  expect(await (await api(account, 'GET', `/budgets/${id}`)).json()).toMatchObject({
    name: 'Monthly spend',
    scope: { kind: 'requester', value: null },
    meter: 'cost',
    window: 'month',
    limit: 12.5 * USD,
    action: 'stop',
    whenUnavailable: 'closed',
    thresholds: [50, 90, 100],
    increase: { by: 2 * USD, until: '2099-01-31T00:00:00.000Z' },
  })
  const shown = await page(account, path)
  expect(shown.status).toBe(200)
  expect(shown.text).toContain('$12.50 a month for each requester')
  expect(shown.text).toContain('value="12.50"')
  const changed = await post(account, path, {
    ...FORM,
    limit: '0.01',
    increaseBy: '',
    increaseUntil: '',
  })
  expect(changed.headers.get('location')).toBe(`${path}?notice=saved`)
  expect(await (await api(account, 'GET', `/budgets/${id}`)).json()).toMatchObject({
    limit: USD / 100,
    increase: null,
  })
  expect((await post(account, `${path}/delete`, {})).status).toBe(303)
  expect((await page(account, path)).status).toBe(404)
})

test('what is wrong is said, and what was typed is kept', async () => {
  const account = await makeAccount()
  const refused = await post(account, '/limits/new', { ...FORM, limit: 'a lot', name: '<b>x</b>' })
  expect(refused.status).toBe(400)
  const text = await refused.text()
  expect(/role="alert">([^<]*)/.exec(text)?.[1]).toContain('an amount from 0 on')
  expect(text).toContain('value="a lot"')
  expect(text).not.toContain('<b>x</b>')
})

test('the amounts, who filled it, and what was refused', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account, { limit: USD / 10, name: 'month <i>' })
  const response = await chat(account, {
    reply: json(billed(USD / 10)),
    headers: { 'x-metrion-user': 'ada' },
  })
  await response.arrayBuffer()
  await rowOf(account, response)
  await expect
    .poll(async () => (await page(account, '/limits')).text)
    .toContain('<strong>$0.10</strong>')
  await rowOf(account, await chat(account))
  const { text } = await page(account, `/limits/${id}`)
  expect(text).toContain('month &lt;i&gt;')
  expect(text).toContain('(100%, past 100%)')
  expect(text).toContain('Who filled it')
  expect(text).toContain('requester=ada')
  expect(text).toContain('errorCode=budget_exceeded')
  const log = await page(account, '/logs?errorCode=budget_exceeded')
  expect(log.text).toContain('402')
  expect((await page(account, '/dashboard?range=24h')).text).toContain('Budgets refused or stopped')
  const listed = await api(account, 'GET', '/requests?errorCode=budget_exceeded')
  expect((await listed.json<{ requests: unknown[] }>()).requests).toHaveLength(1)
})

test('members read, owners change, strangers find nothing', async () => {
  const account = await makeAccount()
  const { id } = await createBudget(account)
  const stranger = await signUp('Eve')
  expect((await page(stranger, `/limits/${id}`)).status).toBe(404)
  expect((await post(stranger, `/limits/${id}`, FORM)).status).toBe(404)
  await env.DB.prepare(
    `UPDATE members SET role = 'member' WHERE account_id = (SELECT account_id FROM tokens WHERE id = ?1)`,
  )
    .bind(account.tokenId)
    .run()
  expect((await page(account, `/limits/${id}`)).text).toContain('Only owners can change budgets')
  const refused = await post(account, `/limits/${id}`, FORM)
  expect(refused.headers.get('location')).toBe('/limits?notice=owners-only')
  expect((await post(account, `/limits/${id}/delete`, {})).headers.get('location')).toBe(
    '/limits?notice=owners-only',
  )
  expect((await page(account, `/limits/${id}`)).status).toBe(200)
})

test('what a budget would have refused last month', async () => {
  const account = await makeAccount()
  const preview = await post(account, '/limits/new', { ...FORM, preview: 'on' })
  expect(preview.status).toBe(200)
  expect(await preview.text()).toContain('Nothing was used last month')
  expect(await (await api(account, 'GET', '/budgets')).json()).toEqual({ budgets: [] })
})

test('an answering model that is not among those of the token is noted', async () => {
  const account = await makeAccount()
  await api(account, 'PATCH', `/tokens/${account.tokenId}`, { models: ['grok-4.3'] })
  const response = await chat(account, { reply: json(billed(900, 20, 'grok-4.6')) })
  await response.arrayBuffer()
  await rowOf(account, response)
  const id = response.headers.get('x-metrion-request-id')
  expect((await page(account, `/logs/${id}`)).text).toContain('which is not among the models')
  expect((await page(account, `/tokens/${account.tokenId}`)).text).toContain('grok-4.6 answered')
})
