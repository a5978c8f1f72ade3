import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { readBills } from '../../../src/billing/job.ts'
import { findManagementKey } from '../../../src/billing/keys/store.ts'
import { counted, type Cost } from '../../../src/jobs/budget.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { makeRule, makeChannel } from '../alerts/world.ts'
import { api, envWith, fetchWorker, makeAccount } from '../world.ts'
import { makeBilled, managementUrl, play, saveKey, type Billed } from './world.ts'

const NIGHT = Date.UTC(2026, 9, 20, 4)

/** This account's turn comes first. */
const only = ({ accountId }: Billed): Promise<unknown> =>
  env.DB.prepare('DELETE FROM management_keys WHERE account_id <> ?1').bind(accountId).run()

async function askedOf({ team }: Billed): Promise<string[]> {
  const response = await fetch(`${managementUrl}/asked/${team}`)
  return (await response.json<{ rest: string }[]>()).map(({ rest }) => rest)
}

test('a key is tested, sealed, shown by its end, and deleted with what was read', async () => {
  const billed = await makeBilled()
  const { account, accountId, managementKey } = billed
  expect((await api(account, 'GET', '/management-keys/grok')).status).toBe(404)
  const saved = await saveKey(account, ` ${managementKey} `)
  expect(await saved.json()).toMatchObject({
    provider: 'grok',
    lastFour: managementKey.slice(-4),
    readAt: null,
    problem: null,
  })
  const { results } = await env.DB.prepare('SELECT * FROM management_keys').all()
  expect(JSON.stringify(results)).not.toContain(managementKey)
  await only(billed)
  await readBills(env, NIGHT)
  const shown = await (await api(account, 'GET', '/management-keys/grok')).text()
  expect(shown).toContain('2026-10-20T04:00:00.000Z')
  expect(shown).not.toContain(managementKey)
  expect((await api(account, 'DELETE', '/management-keys/grok')).status).toBe(204)
  expect((await api(account, 'DELETE', '/management-keys/grok')).status).toBe(404)
  const left = env.DB.prepare('SELECT count(*) AS n FROM bill_days WHERE account_id = ?1')
  expect(await left.bind(accountId).first('n')).toBe(0)
  const audit = await env.DB.prepare(
    `SELECT * FROM audit WHERE account_id = ?1 AND action LIKE 'management-key%'`,
  )
    .bind(accountId)
    .all()
  expect(audit.results.map(({ action }) => action)).toEqual([
    'management-key.saved',
    'management-key.deleted',
  ])
  expect(JSON.stringify(audit.results)).not.toContain(managementKey)
})

test('a key that xAI refuses is not saved, and is not in the answer', async () => {
  const { account, managementKey } = await makeBilled()
  const wrong = `${managementKey}-wrong`
  const refused = await saveKey(account, wrong)
  const text = await refused.text()
  expect(refused.status).toBe(400)
  expect(text).toContain('Management key [key] has no access to team')
  expect(text).not.toContain(wrong)
  expect((await api(account, 'GET', '/management-keys/grok')).status).toBe(404)
  const form = await fetchWorker('/settings/management-key', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: account.cookie, accept: 'text/html' },
    body: new URLSearchParams({ key: wrong }),
  })
  const page = await form.text()
  expect(form.status).toBe(400)
  expect(page).toContain('has no access to team')
  expect(page).not.toContain(wrong)
})

test('without an xAI key there is nothing to compare with', async () => {
  const account = await makeAccount({ key: null })
  const refused = await saveKey(account, 'xai-token-0123456789')
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('save the account’s xAI key on Integrate first')
})

test('nobody but an owner may change it, and strangers do not see it', async () => {
  const { account, managementKey } = await makeBilled()
  await saveKey(account, managementKey)
  await env.DB.prepare(
    `UPDATE members SET role = 'member' WHERE account_id = (SELECT account_id FROM tokens WHERE id = ?1)`,
  )
    .bind(account.tokenId)
    .run()
  expect((await saveKey(account, 'xai-token-0123456789')).status).toBe(403)
  expect((await api(account, 'DELETE', '/management-keys/grok')).status).toBe(403)
  expect((await api(account, 'GET', '/management-keys/grok')).status).toBe(200)
  expect((await api(await makeAccount(), 'GET', '/management-keys/grok')).status).toBe(404)
})

test('bills are read once a night; the credit every hour if a rule is about it', async () => {
  const billed = await makeBilled()
  const { account, managementKey } = billed
  await saveKey(account, managementKey)
  const before = (await askedOf(billed)).length
  await only(billed)
  const read = async (nowMs: number): Promise<string[]> => {
    const known = (await askedOf(billed)).length
    await readBills(env, nowMs)
    return (await askedOf(billed)).slice(known).toSorted()
  }
  const all = ['postpaid/invoice/preview', 'usage', 'usage']
  // The invoice, and an hour of usage.
  expect(before).toBe(2)
  expect(await read(NIGHT)).toEqual(all)
  expect(await read(NIGHT + 5 * 60_000)).toEqual([])
  expect(await read(NIGHT + 20 * HOUR_MS)).toEqual([])
  expect(await read(NIGHT + DAY_MS)).toEqual(all)
  await makeRule(account, { kind: 'credit', threshold: 1 })
  expect(await read(NIGHT + DAY_MS + HOUR_MS)).toEqual(['postpaid/invoice/preview'])
  expect(await read(NIGHT + DAY_MS + HOUR_MS + 60_000)).toEqual([])
  expect(await read(NIGHT + 2 * DAY_MS)).toEqual(all)
})

test('a reading that fails is told on the page, tried again, and then over', async () => {
  const billed = await makeBilled()
  const { account, accountId, managementKey } = billed
  await saveKey(account, managementKey)
  await play(billed, { key: managementKey, fault: { status: 503 } })
  await only(billed)
  await readBills(env, NIGHT)
  expect((await findManagementKey(env, accountId))?.problem).toBe('The service is unavailable')
  const page = await fetchWorker('/bill', { headers: { cookie: account.cookie } })
  expect(await page.text()).toContain('The service is unavailable')
  await play(billed, { key: 'another' })
  await readBills(env, NIGHT + HOUR_MS)
  const problem = (await findManagementKey(env, accountId))?.problem
  expect(problem).toBe('Management key [key] has no access to team')
  await play(billed, { key: managementKey, invoice: { coreInvoice: {} } })
  // What was refused is tried again in the next night.
  await readBills(env, NIGHT + 2 * HOUR_MS)
  expect((await findManagementKey(env, accountId))?.problem).toBe(problem)
  await readBills(env, NIGHT + DAY_MS)
  expect(await findManagementKey(env, accountId)).toMatchObject({
    problem: null,
    readAtMs: NIGHT + DAY_MS,
  })
  // An answer of another form.
  await play(billed, { key: managementKey, invoice: { coreInvoice: { lines: 'many' } } })
  await readBills(env, NIGHT + 2 * DAY_MS)
  // The bill was read all the same.
  expect(await findManagementKey(env, accountId)).toMatchObject({
    problem: 'xAI’s invoice has another form',
    readAtMs: NIGHT + 2 * DAY_MS,
  })
})

test('a server that does not answer, or leads elsewhere, gets no key twice', async () => {
  const billed = await makeBilled()
  await saveKey(billed.account, billed.managementKey)
  await only(billed)
  const fetched = vi.spyOn(globalThis, 'fetch')
  await readBills(envWith({ XAI_MANAGEMENT_URL: 'http://127.0.0.1:9' }), NIGHT)
  const redirects = fetched.mock.calls.map(([, init]) => init?.redirect)
  expect(new Set(redirects)).toEqual(new Set(['manual']))
  fetched.mockRestore()
  expect((await findManagementKey(env, billed.accountId))?.problem).toBe('cannot be reached')
})

test('credit that is low is told once, and that it is over', async () => {
  const billed = await makeBilled()
  const { account, accountId, managementKey } = billed
  await saveKey(account, managementKey)
  await makeChannel(account)
  await makeRule(account, { kind: 'credit', threshold: 20 * 10_000_000_000 })
  const invoice = (cents: number): object => ({
    coreInvoice: { prepaidCredits: { val: String(-cents) } },
  })
  const told = async (): Promise<string[]> => {
    const { results } = await env.DB.prepare(
      `SELECT facts ->> 'level' AS level FROM alert_messages WHERE account_id = ?1 ORDER BY id`,
    )
      .bind(accountId)
      .all<{ level: string }>()
    return results.map(({ level }) => level)
  }
  await only(billed)
  const steps: [number, string[]][] = [
    [5_000, []],
    [2_100, ['warning']],
    [1_900, ['warning', 'alert']],
    [1_800, ['warning', 'alert']],
    [9_000, ['warning', 'alert', 'over']],
  ]
  for (const [index, [cents, expected]] of steps.entries()) {
    await play(billed, { key: managementKey, invoice: invoice(cents) })
    await readBills(env, NIGHT + index * HOUR_MS)
    expect({ cents, told: await told() }).toEqual({ cents, told: expected })
  }
})

test('a turn asks no more than the job says', async () => {
  const billed = await makeBilled()
  const { account, managementKey } = billed
  await saveKey(account, managementKey)
  await makeChannel(account)
  for (let rule = 0; rule < 3; rule++)
    await makeRule(account, { kind: 'credit', threshold: 10_000_000_000 })
  const usage = Array.from({ length: 168 }, (_, n) => ({
    keyId: billed.keyId,
    model: `model-${n % 12}`,
    hourMs: Date.UTC(2026, 9, 13) + n * HOUR_MS,
    usd: 1,
  }))
  const invoice = { coreInvoice: { prepaidCredits: '50' } }
  await play(billed, { key: managementKey, invoice, usage })
  await only(billed)
  const used: Cost = { queries: 0, calls: 0 }
  const fetched = vi.spyOn(globalThis, 'fetch')
  await readBills(counted(env, used), NIGHT)
  const { turn, fetches } = JOBS[CRONS.often]!['readBills']!
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(fetches!)
  fetched.mockRestore()
  expect(used.queries).toBeLessThanOrEqual(turn.queries)
  expect(used.calls).toBeLessThanOrEqual(turn.calls)
  const left = env.DB.prepare('SELECT count(*) AS n FROM alert_messages WHERE account_id = ?1')
  const { accountId } = billed
  expect(await left.bind(accountId).first('n')).toBe(3)
})

test('accounts that fail do not keep back the credit of another', async () => {
  const failing = await Promise.all(Array.from({ length: 14 }, makeBilled))
  for (const one of failing) {
    await saveKey(one.account, one.managementKey)
    await play(one, { key: one.managementKey, fault: { status: 503 } })
  }
  const healthy = await makeBilled()
  await saveKey(healthy.account, healthy.managementKey)
  await makeRule(healthy.account, { kind: 'credit', threshold: 1 })
  await env.DB.prepare(
    'UPDATE management_keys SET next_at_ms = iif(problem IS NULL AND read_at_ms IS NULL, 0, 8e15)',
  ).run()
  const turns = async (fromMs: number, hours: number): Promise<void> => {
    for (let turn = 0; turn < hours * 12; turn++) await readBills(env, fromMs + turn * 300_000)
  }
  await turns(NIGHT, 2)
  const known = (await askedOf(healthy)).length
  expect((await findManagementKey(env, healthy.accountId))?.readAtMs).not.toBe(null)
  await turns(NIGHT + 2 * HOUR_MS, 6)
  expect((await askedOf(healthy)).length - known).toBeGreaterThanOrEqual(3)
})

test('a saved xAI key that xAI refuses is not taken for the management key', async () => {
  const { account } = await makeBilled()
  const answer = Response.json({ error: 'API key is disabled' }, { status: 401 })
  vi.spyOn(globalThis, 'fetch').mockResolvedValueOnce(answer)
  const refused = await saveKey(account, 'xai-token-0123456789')
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('the saved xAI key: ')
  vi.restoreAllMocks()
})
