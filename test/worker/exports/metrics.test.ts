import { env } from 'cloudflare:workers'
import parse, { type Family } from 'parse-prometheus-text-format'
import { beforeAll, expect, test, vi } from 'vitest'
import { createApiToken } from '../../../src/credentials/api-tokens/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { HOUR_MS, monthOf } from '../../../src/http/time.ts'
import { entry, LOST, messagesOf } from '../ledger/messages.ts'
import { createBudget } from '../spend/world.ts'
import { fetchWorker, makeAccount, memberOf } from '../world.ts'

const USD = 10_000_000_000
const account = await makeAccount()
const member = await memberOf(account)
const { accountId } = member
const { tokenId } = account
const ODD = 'a "quoted" \\ model\nof two lines'

const tokenOf = (scope: 'usage' | 'requests'): Promise<string> =>
  createApiToken(env.DB, member, { name: scope, scopes: [scope] }, Date.now())

async function scrape(query = ''): Promise<Map<string, Family>> {
  const response = await fetchWorker(`/metrics${query}`, {
    headers: { authorization: `Bearer ${await tokenOf('usage')}` },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  // The parser puts the buckets of all series of a histogram together: as counters they stay apart.
  const families = [...parse(text.replaceAll(/^# .*histogram\n/gm, ''))!, ...parse(text)!]
  return new Map(families.map((family) => [family.name, family]))
}

const valueOf = (family: Family | undefined, labels: Record<string, string>): number[] =>
  (family?.metrics ?? [])
    .filter((one) => Object.entries(labels).every(([name, value]) => one.labels?.[name] === value))
    .map(({ value }) => Number(value))

beforeAll(async () => {
  const nowMs = Date.now()
  const month = monthOf(nowMs)
  const row = { accountId, tokenId, model: 'grok-4.3', atMs: nowMs } as const
  const rows = [
    entry({
      ...row,
      label: 'ada',
      costTicks: 2 * USD,
      costBasis: 'reported',
      firstByteMs: 100,
      totalMs: 900,
    }),
    entry({ ...row, label: 'bob', costTicks: USD, costBasis: 'estimated', outcome: 'client_gone' }),
    entry({ ...row, label: 'ada', atMs: month + HOUR_MS, costTicks: 7, costBasis: 'computed' }),
    entry({
      ...row,
      label: null,
      outcome: 'upstream_refused',
      status: 500,
      costTicks: 0,
      costBasis: 'reported',
    }),
    entry({
      ...row,
      model: ODD,
      label: null,
      firstByteMs: 110,
      costTicks: null,
      costBasis: 'unknown',
    }),
    // Of the month before, and of another account.
    entry({ ...row, atMs: month - HOUR_MS, costTicks: 5 * USD, costBasis: 'reported' }),
    entry({ atMs: nowMs, costTicks: 9 * USD, costBasis: 'reported' }),
  ]
  await writeMessages(env.LEDGER, messagesOf(rows), nowMs)
  await createBudget(account, { limit: USD * 10, window: 'month' })
})

test('requests, tokens, ticks and errors by model and token', async () => {
  const families = await scrape()
  const of = (name: string, labels: Record<string, string> = { model: 'grok-4.3' }): number[] =>
    valueOf(families.get(name), labels)
  expect(of('metrion_requests_total')).toEqual([4])
  expect(of('metrion_requests_total', { model: ODD })).toEqual([1])
  expect(of('metrion_failed_requests_total')).toEqual([1])
  expect(of('metrion_aborted_requests_total')).toEqual([1])
  expect(of('metrion_cost_ticks_total', { model: 'grok-4.3', basis: 'reported' })).toEqual([
    2 * USD,
  ])
  expect(of('metrion_cost_ticks_total', { model: 'grok-4.3', basis: 'computed' })).toEqual([7])
  expect(of('metrion_estimated_cost_ticks')).toEqual([USD])
  expect(of('metrion_unknown_cost_requests', { model: ODD })).toEqual([1])
  expect(of('metrion_tokens_total', { model: 'grok-4.3', type: 'input' })[0]).toBeGreaterThan(0)
  const labels = families.get('metrion_requests_total')!.metrics.map((one) => one.labels)
  expect(labels).toContainEqual({ model: 'grok-4.3', token: 'first', token_id: tokenId })
  expect(families.get('metrion_requests_total')?.type).toBe('COUNTER')
})

test('histograms add up, and their buckets are those of the ledger', async () => {
  const families = await scrape()
  expect(families.get('metrion_first_byte_seconds')?.type).toBe('HISTOGRAM')
  const buckets = families
    .get('metrion_first_byte_seconds_bucket')!
    .metrics.filter((one) => one.labels?.['model'] === ODD)
    .map((one) => ({ le: one.labels!['le']!, count: Number(one.value) }))
  const counts = buckets.map(({ count }) => count)
  expect(counts).toEqual(counts.toSorted((one, other) => one - other))
  expect(buckets.at(-1)).toEqual({ le: '+Inf', count: 1 })
  expect(valueOf(families.get('metrion_first_byte_seconds_count'), { model: ODD })).toEqual([1])
  // Its answer began after 110 ms, right above the end of a bucket.
  for (const bucket of buckets.slice(0, -1))
    expect(bucket).toEqual({ le: bucket.le, count: Number(bucket.le) > 0.11 ? 1 : 0 })
  const [sum] = valueOf(families.get('metrion_first_byte_seconds_sum'), { model: ODD })
  expect(Math.abs(sum! - 0.11)).toBeLessThan(0.006)
})

test('there are series per requester only if they are asked for', async () => {
  expect((await (await fetchMetrics('')).text()).includes('requester=')).toBe(false)
  const families = await scrape('?by=requester')
  const requests = families.get('metrion_requests_total')
  expect(valueOf(requests, { model: 'grok-4.3', requester: 'ada' })).toEqual([2])
  expect(valueOf(requests, { model: 'grok-4.3', requester: 'bob' })).toEqual([1])
  const plain = valueOf((await scrape()).get('metrion_requests_total'), { model: 'grok-4.3' })
  const each = valueOf(requests, { model: 'grok-4.3' })
  expect(each.reduce((sum, one) => sum + one, 0)).toBe(plain[0])
  expect([...families.keys()].filter((name) => name.includes('seconds_bucket'))).toEqual([])
})

test('no series is there twice, and no counter falls when a lost row is found', async () => {
  const other = await makeAccount()
  const { accountId: id } = await memberOf(other)
  const row = { ...entry(), accountId: id, atMs: Date.now(), label: 'others' }
  const found = entry({ ...row, id: uuidv7(row.atMs) })
  const write = (list: readonly LedgerEntry[]): Promise<void> =>
    writeMessages(env.LEDGER, messagesOf(list), Date.now())
  await write([
    entry({ ...found, ...LOST }),
    entry({ ...row, id: uuidv7(row.atMs), outcome: 'upstream_refused', status: 500 }),
  ])
  // A scrape is known for a minute.
  const read = async (query: string): Promise<string> => {
    const url = `/metrics${query}`
    return (await fetchWorker(url, { headers: { cookie: other.cookie } })).text()
  }
  const before = parse(await read(''))!
  await write([found])
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] })
  const text = await read('')
  const by = await read('?by=requester')
  vi.useRealTimers()
  for (const one of [text, by]) {
    const names = one.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const series = names.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(series).size).toBe(series.length)
  }
  const after = new Map(parse(text)!.map((family) => [family.name, family]))
  expect(valueOf(after.get('metrion_lost_requests'), {})).toEqual([0])
  for (const { name, type } of before.filter((family) => family.type === 'COUNTER')) {
    const was = valueOf(
      before.find((family) => family.name === name),
      {},
    )
    const is = valueOf(after.get(name), {})
    expect({ name, type, falls: is.some((value, at) => value < was[at]!) }).toMatchObject({
      falls: false,
    })
  }
})

const fetchMetrics = async (query: string): Promise<Response> =>
  fetchWorker(`/metrics${query}`, {
    headers: { authorization: `Bearer ${await tokenOf('usage')}` },
  })

test('budgets and the health of the ledger', async () => {
  const families = await scrape()
  const budget = families.get('metrion_budget_limit')!.metrics[0]!
  expect(budget.labels).toMatchObject({
    budget: 'month',
    meter: 'cost',
    window: 'month',
    scope: 'account',
  })
  expect(Number(budget.value)).toBe(10 * USD)
  expect(valueOf(families.get('metrion_budget_spent'), {})).toEqual([3 * USD + 7])
  expect(valueOf(families.get('metrion_ledger_up'), {})).toEqual([1])
  const [accepted, ...parts] = ['accepted', 'written', 'waiting', 'dead', 'lost'].map(
    (state) => valueOf(families.get('metrion_ledger_entries'), { state })[0]!,
  )
  expect(accepted).toBe(parts.reduce((sum, one) => sum + one, 0))
  expect(
    valueOf(families.get('metrion_database_bytes'), { database: 'LEDGER' })[0],
  ).toBeGreaterThan(0)
})

test('who may scrape, and what is no parameter', async () => {
  const read = async (authorization?: string): Promise<number> =>
    (await fetchWorker('/metrics', { headers: authorization ? { authorization } : {} })).status
  expect(await read()).toBe(401)
  expect(await read(`Bearer ${await tokenOf('requests')}`)).toBe(403)
  expect(await read(`Bearer ${account.token}`)).toBe(401)
  expect((await fetchMetrics('?by=model')).status).toBe(400)
  expect((await fetchMetrics('?since=1')).status).toBe(400)
  const other = await makeAccount()
  const text = await (await fetchWorker('/metrics', { headers: { cookie: other.cookie } })).text()
  expect(text).not.toContain('grok-4.3')
  expect(parse(text)!.map(({ name }) => name)).toContain('metrion_ledger_up')
})
