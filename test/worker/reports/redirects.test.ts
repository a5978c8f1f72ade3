import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { rebuildSql, verifySql, type Range } from '../../../src/ledger/rebuild.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { json, stream, typedEvents } from '../../xai/reply.ts'
import { RESPONSE, RESPONSE_EVENTS } from '../../xai/responses.ts'
import { all, entry, freshLedger, LOST, messagesOf } from '../ledger/messages.ts'
import { answerWith, TICKS, USAGE } from '../proxy/yardstick.ts'
import {
  api,
  CHAT,
  chat,
  fetchWorker,
  makeAccount,
  rowOf,
  type Account,
  type Row,
} from '../world.ts'

async function ask(account: Account, requested: string, answered: string): Promise<Row> {
  const reply = json({ ...answerWith(USAGE), model: answered })
  const response = await chat(account, { reply, body: { ...CHAT, model: requested } })
  await response.text()
  return rowOf(account, response)
}

const usageOf = async (account: Account, filter = ''): Promise<{ redirects: object[] }> => {
  const from = new Date(Date.now() - 3_600_000).toISOString()
  return (await api(account, 'GET', `/usage?from=${from}${filter}`)).json()
}

test('what another model has answered is a badge, a sum and a field', async () => {
  const account = await makeAccount()
  const created = await api(account, 'POST', '/tokens', { name: 'second' })
  const second = { ...account, token: (await created.json<{ token: string }>()).token }
  const row = await ask(account, 'grok-3', 'grok-4.3')
  expect(row).toMatchObject({ redirected: true, requestedModel: 'grok-3', model: 'grok-4.3' })
  await ask(second, 'grok-3', 'grok-4.3')
  await ask(account, 'grok-4-0709', 'grok-4.3')
  // The same model by another of its names is no other model.
  for (const [requested, model] of [
    ['grok-4.3-latest', 'grok-4.3'],
    ['grok-4.20', 'grok-4.20-0309-reasoning'],
    ['grok-9', 'grok-9-0101'],
  ] as const)
    expect(await ask(account, requested, model)).toMatchObject({ redirected: false })

  const { redirects } = await usageOf(account)
  expect(redirects).toEqual([
    {
      requestedModel: 'grok-3',
      model: 'grok-4.3',
      requests: 2,
      tokens: 2,
      costTicks: 2 * TICKS,
      costUsd: '0.0004080000',
    },
    {
      requestedModel: 'grok-4-0709',
      model: 'grok-4.3',
      requests: 1,
      tokens: 1,
      costTicks: TICKS,
      costUsd: '0.0002040000',
    },
  ])
  expect((await usageOf(account, `&token=${account.tokenId}`)).redirects).toMatchObject([
    { requests: 1 },
    { requests: 1 },
  ])
  expect((await usageOf(account, '&model=grok-4.7')).redirects).toEqual([])

  const look = async (path: string): Promise<string> => {
    const page = await fetchWorker(path, { headers: { cookie: account.cookie } })
    return (await page.text()).replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ')
  }
  expect(await look('/dashboard')).toContain(
    'grok-3 was answered by grok-4.3: 2 requests, 2 tokens, $0.00041',
  )
  expect(await look('/logs')).toContain('for grok-3')
  expect(await look(`/logs/${String(row['id'])}`)).toContain('The request was for grok-3')
  const csv = await (await api(account, 'GET', '/requests.csv')).text()
  expect(csv.split('\r\n')[0]!.split(',')).toContain('redirected')
})

const range = (accountId: string): Range => ({
  fromMs: 0,
  beforeMs: Date.now() + 3_600_000,
  accountId,
  evenPruned: false,
})
const differences = async (accountId: string): Promise<unknown[]> =>
  (await env.LEDGER.prepare(verifySql(range(accountId))).all()).results

test('its sums follow the rows: repeats, what was thought lost, and a rebuild', async () => {
  await freshLedger()
  const accountId = 'a'
  const asked = { requestedModel: 'grok-3', model: 'grok-4.3', redirected: true, costTicks: 7 }
  const one = entry(asked)
  const lost = entry(asked)
  await writeMessages(env.LEDGER, messagesOf([one, { ...lost, ...LOST }]), 0)
  await writeMessages(env.LEDGER, messagesOf([one]), 0)
  const sum = async (): Promise<unknown> => (await all('redirects'))[0]
  expect(await sum()).toMatchObject({ requests: 2, cost_ticks: 7, token_id: 't' })
  expect(await differences(accountId)).toEqual([])
  await writeMessages(env.LEDGER, messagesOf([lost, lost]), 0)
  expect(await sum()).toMatchObject({ requests: 2, cost_ticks: 14 })
  expect(await differences(accountId)).toEqual([])

  await env.LEDGER.prepare('UPDATE redirects SET requests = 9').run()
  expect(await differences(accountId)).toMatchObject([
    { side: 'in redirected rows' },
    { side: 'in redirects' },
  ])
  await env.LEDGER.batch(rebuildSql(range(accountId)).map((sql) => env.LEDGER.prepare(sql)))
  expect(await sum()).toMatchObject({ requests: 2, cost_ticks: 14 })
  expect(await differences(accountId)).toEqual([])
})

test('an estimate makes way there, too, for the cost of the answer that is fetched', async () => {
  const account = await makeAccount()
  const id = crypto.randomUUID()
  const created = { ...RESPONSE_EVENTS[0]!, response: { ...RESPONSE, id, usage: null } }
  const cut = await chat(account, {
    path: '/api/proxy/grok/responses',
    reply: stream(typedEvents([created]), { ending: 'cut' }),
    body: { model: 'grok-3', input: 'Hello', stream: true },
  })
  await cut.text().catch(() => null)
  expect(await rowOf(account, cut)).toMatchObject({ redirected: true, costBasis: 'estimated' })
  const [before] = (await usageOf(account)).redirects
  expect(before).toMatchObject({ requests: 1 })
  expect(before).not.toMatchObject({ costTicks: 0 })
  const whole = await fetchWorker(`/api/proxy/grok/responses/${id}`, {
    headers: { authorization: `Bearer ${account.token}` },
  })
  await whole.text()
  const { costTicks } = await rowOf(account, whole)
  expect(costTicks).toBeGreaterThan(0)
  expect((await usageOf(account)).redirects).toMatchObject([{ requests: 2, costTicks }])
})
