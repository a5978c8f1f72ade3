import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import type { Env } from '../../../src/env.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { shareRow } from '../../../src/ledger/shared-rows.ts'
import { verifySql } from '../../../src/ledger/rebuild.ts'
import { countEntries } from '../../../src/ledger/store.ts'
import { DAY_MS } from '../../../src/http/time.ts'
import {
  api,
  chat,
  envWithout,
  fetchWorker,
  makeAccount,
  memberOf,
  rowOf,
  type Account,
} from '../world.ts'
import { json } from '../../xai/reply.ts'
import { entry, freshLedger, messagesOf } from './messages.ts'
import { writeMessages } from '../../../src/ledger/store.ts'

/** Refused before xAI hears of it: something is missing. */
const refuse = async (account: Account, n: number): Promise<Response> => {
  const headers = { 'x-metrion-user': `made-up ${n} ${'😀'.repeat(300)}` }
  return chat(account, { body: { model: `nonsense-${n}` }, headers })
}

async function rowsIn(accountId: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.LEDGER.prepare(
    'SELECT * FROM requests WHERE account_id = ?1 ORDER BY id',
  )
    .bind(accountId)
    .all()
  return results
}

test(
  'refusals beyond sixty a minute and token are one row, which carries their count',
  { timeout: 60_000 },
  async () => {
    const [account, other] = [await makeAccount(), await makeAccount()]
    const { accountId } = await memberOf(account)
    // Within one minute.
    const second = new Date().getUTCSeconds()
    if (second > 50) await scheduler.wait((61 - second) * 1_000)
    for (let n = 0; n < 150; n += 15) {
      const answers = Array.from({ length: 15 }, (_, more) => refuse(account, n + more))
      for (const answered of await Promise.all(answers)) expect(answered.status).toBe(400)
    }
    const count = async (): Promise<number> =>
      (await rowsIn(accountId)).reduce((sum, row) => sum + Number(row['times']), 0)
    await expect.poll(count, { timeout: 15_000 }).toBe(150)
    const rows = await rowsIn(accountId)
    expect(rows).toHaveLength(61)
    const shared = rows.find((row) => Number(row['times']) > 1)
    expect(shared).toMatchObject({
      times: 90,
      label: null,
      requested_model: null,
      outcome: 'refused',
    })

    // Every sum knows them all, and nothing is missing.
    const usage = await api(
      account,
      'GET',
      `/usage?from=${new Date(Date.now() - DAY_MS).toISOString()}`,
    )
    expect(await usage.json()).toMatchObject({ total: { requests: 150, failed: 150 } })
    const errors = await api(
      account,
      'GET',
      `/errors?from=${new Date(Date.now() - DAY_MS).toISOString()}`,
    )
    expect(JSON.stringify(await errors.json())).toContain('150')
    const range = { fromMs: 0, beforeMs: Date.now() + DAY_MS, accountId, evenPruned: false }
    expect((await env.LEDGER.prepare(verifySql(range)).all()).results).toEqual([])
    const { accepted, written, waiting } = await countEntries(env.LEDGER)
    expect([waiting, accepted]).toEqual([0, written])
    const page = await fetchWorker('/logs', { headers: { cookie: account.cookie } })
    expect(await page.text()).toContain('× 90')

    // Whatever else it does has rows of its own, and so has everybody else.
    const answered = await chat(account)
    expect(await rowOf(account, answered)).toMatchObject({ times: 1 })
    expect(await rowOf(other, await refuse(other, 1))).toMatchObject({ times: 1 })
  },
)

test('what comes in one moment is counted, and what no sink took is lost once', async () => {
  await freshLedger()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const refused = { outcome: 'refused', status: 400, costBasis: 'none', costTicks: null } as const
  const of = (): LedgerEntry => entry({ ...refused, tokenId: crypto.randomUUID() })
  const share = async (in_: Env, one: LedgerEntry, times: number): Promise<void> => {
    const shared = Array.from({ length: times }, () => shareRow(in_, { ...one, id: entry().id }))
    await Promise.all(shared)
  }
  const [one, other] = [of(), of()]
  vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
  await share(env, one, 63)
  vi.useRealTimers()
  const rows = await env.LEDGER.prepare('SELECT times FROM requests').all()
  expect(rows.results).toEqual([{ times: 3 }])
  const before = await countEntries(env.LEDGER)
  const down = envWithout(['LEDGER', 'LEDGER_QUEUE', 'TOKENS'])
  await share(down, other, 61)
  await share(env, other, 1)
  expect(await countEntries(env.LEDGER)).toMatchObject({
    waiting: before.waiting,
    lost: before.lost + 1,
  })
  vi.restoreAllMocks()
})

test('a row that stands for several may arrive in any order, and more than once', async () => {
  await freshLedger()
  const one = entry({
    outcome: 'refused',
    status: 400,
    costBasis: 'none',
    costTicks: null,
    label: null,
  })
  const told = [1, 7, 3, 7, 12, 3].map((times) => ({ ...one, times }))
  for (const each of told) {
    const [message] = messagesOf([each])
    const writer = { ...message!.writer, id: 'w', accepted: 1 }
    await writeMessages(env.LEDGER, [{ ...message!, writer }], Date.now())
  }
  const { results } = await env.LEDGER.prepare('SELECT times FROM requests').all()
  expect(results).toEqual([{ times: 12 }])
  const sums = await env.LEDGER.prepare('SELECT requests, failed FROM rollups').all()
  expect(sums.results).toEqual([{ requests: 12, failed: 12 }])
  const range = {
    fromMs: 0,
    beforeMs: Date.now() + 1_000 * DAY_MS,
    accountId: null,
    evenPruned: false,
  }
  expect((await env.LEDGER.prepare(verifySql(range)).all()).results).toEqual([])
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 1, written: 1, waiting: 0 })
})

test('names that callers choose have at most 128 bytes, and xAI’s models alone stay where it saw none', async () => {
  const account = await makeAccount()
  const label = '😀'.repeat(200)
  const refused = await chat(account, {
    body: { model: 'm'.repeat(300) },
    headers: { 'x-metrion-user': encodeURIComponent(label) },
  })
  expect(await rowOf(account, refused)).toMatchObject({
    requester: '😀'.repeat(32),
    requestedModel: null,
  })
  const known = await chat(account, { reply: json({ error: 'not today' }, 403) })
  expect(await rowOf(account, known)).toMatchObject({ requestedModel: 'grok-4.3', status: 403 })
  // What xAI takes for no model is none either; what it is too busy for may be one.
  const body = { model: 'grok-99', messages: [{ role: 'user', content: 'Hi' }] }
  const missing = await chat(account, { body, reply: json({ error: 'no such model' }, 404) })
  expect(await rowOf(account, missing)).toMatchObject({ requestedModel: null, status: 404 })
  const later = await chat(account, { body, reply: json({ error: 'slow down' }, 429) })
  expect(await rowOf(account, later)).toMatchObject({ requestedModel: 'grok-99', status: 429 })
})
