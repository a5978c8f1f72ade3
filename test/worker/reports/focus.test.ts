import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { createApiToken } from '../../../src/credentials/api-tokens/store.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { readCube, type CubeCell } from '../../../src/reports/usage/cube-store.ts'
import { readStale } from '../../../src/reports/usage/store.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { api, fetchWorker, makeAccount, memberOf } from '../world.ts'
import { linesOf, parse } from './csv.ts'

const USD = 10_000_000_000
const account = await makeAccount()
const member = await memberOf(account)
const { accountId } = member
const { tokenId } = account
const DAY = Date.UTC(2026, 9, 19)
const base = { accountId, tokenId, model: 'grok-4.3', label: 'ada', costBasis: 'reported' } as const

/** Of https://focus.finops.org/focus-specification/v1-2/: columns, whether they may be null, and their type. */
const MANDATORY = {
  BilledCost: 'decimal',
  BillingAccountId: 'text',
  BillingAccountName: 'text?',
  BillingCurrency: 'text',
  BillingPeriodEnd: 'time',
  BillingPeriodStart: 'time',
  ChargeCategory: 'text',
  ChargeClass: 'text?',
  ChargeDescription: 'text?',
  ChargePeriodEnd: 'time',
  ChargePeriodStart: 'time',
  ContractedCost: 'decimal',
  EffectiveCost: 'decimal',
  InvoiceIssuerName: 'text',
  ListCost: 'decimal',
  PricingQuantity: 'decimal',
  PricingUnit: 'text',
  ProviderName: 'text',
  PublisherName: 'text',
  ServiceCategory: 'text',
  ServiceName: 'text',
} as const
const OPTIONAL = {
  ChargeFrequency: 'text',
  ConsumedQuantity: 'decimal',
  ConsumedUnit: 'text',
  ServiceSubcategory: 'text',
  SubAccountId: 'text',
  SubAccountName: 'text',
  SubAccountType: 'text',
  Tags: 'json',
} as const
const FORMS = {
  decimal: /^-?\d+(\.\d+)?$/,
  text: /./,
  'text?': /^/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  json: /^\{.*\}$/,
}

beforeAll(async () => {
  const rows = [
    entry({ ...base, atMs: DAY + HOUR_MS, costTicks: 2 * USD, inputTokens: 100, outputTokens: 7 }),
    entry({ ...base, atMs: DAY + 23 * HOUR_MS, costTicks: USD, inputTokens: 10, outputTokens: 3 }),
    entry({ ...base, atMs: DAY + DAY_MS, costTicks: 5, costBasis: 'estimated' }),
    entry({ ...base, atMs: DAY, label: null, costTicks: 3, mode: 'pass-through' }),
    entry({ ...base, atMs: DAY, model: 'grok-build-0.1', costTicks: 4, costBasis: 'computed' }),
    entry({
      ...base,
      atMs: DAY,
      model: null,
      requestedModel: null,
      costTicks: null,
      costBasis: 'unknown',
    }),
    entry({ ...base, atMs: DAY, label: '=HYPERLINK("x")', costTicks: 6 }),
    // Another account's, and another month's.
    entry({ atMs: DAY, costTicks: 9 * USD, costBasis: 'reported' }),
    entry({ ...base, atMs: DAY - 40 * DAY_MS, costTicks: 8 }),
  ]
  await writeMessages(env.LEDGER, messagesOf(rows), DAY)
})

const range = '?from=2026-10-19T00:00:00Z&to=2026-10-21T00:00:00Z'
const exported = async (query = range): Promise<string> =>
  (await api(account, 'GET', `/usage.focus.csv${query}`)).text()

test('every line has what FOCUS 1.2 demands, in the form that it demands', async () => {
  const csv = await exported()
  const [head] = parse(csv)
  const own = head!.filter((name) => name.startsWith('x_'))
  expect(head).toEqual([...Object.keys({ ...MANDATORY, ...OPTIONAL }).toSorted(), ...own])
  const lines = linesOf(csv)
  expect(lines).toHaveLength(6)
  for (const line of lines) {
    for (const [name, type] of Object.entries({ ...MANDATORY, ...OPTIONAL }))
      expect({ name, value: line[name], fits: FORMS[type].test(line[name]!) }).toMatchObject({
        name,
        fits: true,
      })
    expect(line).toMatchObject({
      ChargeCategory: 'Usage',
      ChargeClass: '',
      BillingCurrency: 'USD',
      BillingPeriodStart: '2026-10-01T00:00:00Z',
      BillingPeriodEnd: '2026-11-01T00:00:00Z',
      ServiceCategory: 'AI and Machine Learning',
      ServiceSubcategory: 'Generative AI',
      BillingAccountId: accountId,
      SubAccountId: tokenId,
      SubAccountName: 'first',
    })
    for (const cost of ['ContractedCost', 'EffectiveCost', 'ListCost'])
      expect(line[cost]).toBe(line['BilledCost'])
    expect(Date.parse(line['ChargePeriodEnd']!) - Date.parse(line['ChargePeriodStart']!)).toBe(
      DAY_MS,
    )
    JSON.parse(line['Tags']!)
  }
})

test('a line per day, model, token and requester, with xAI’s own figure and how sure it is', async () => {
  const told = linesOf(await exported()).map((line) =>
    [
      'ChargePeriodStart',
      'x_Model',
      'x_Requester',
      'BilledCost',
      'x_CostBasis',
      'x_Requests',
      'ConsumedQuantity',
    ]
      .map((name) => line[name])
      .join(' '),
  )
  expect(told.toSorted()).toEqual([
    '2026-10-19T00:00:00Z  ada 0.0000000000 unknown 1 120',
    '2026-10-19T00:00:00Z grok-4.3  0.0000000000 reported 1 120',
    `2026-10-19T00:00:00Z grok-4.3 '=HYPERLINK("x") 0.0000000006 reported 1 120`,
    '2026-10-19T00:00:00Z grok-4.3 ada 3.0000000000 reported 2 120',
    '2026-10-19T00:00:00Z grok-build-0.1 ada 0.0000000004 computed 1 120',
    '2026-10-20T00:00:00Z grok-4.3 ada 0.0000000005 estimated 1 120',
  ])
})

test('the costs add up to those of the usage', async () => {
  const lines = linesOf(await exported())
  const ticks = lines.reduce((sum, line) => sum + Math.round(Number(line['BilledCost']) * USD), 0)
  const usage = await (
    await api(account, 'GET', `/usage${range}`)
  ).json<{ total: { costTicks: number } }>()
  // What was paid with a key of the caller's own is on another bill.
  expect(ticks).toBe(usage.total.costTicks - 3)
  const parts = lines.reduce(
    (sum, line) =>
      sum +
      ['x_ReportedCost', 'x_ComputedCost', 'x_EstimatedCost'].reduce(
        (of, name) => of + Math.round(Number(line[name]) * USD),
        0,
      ),
    0,
  )
  expect(parts).toBe(ticks + 3)
})

test('what is billed with another request, what has no tokens, and who is merged', async () => {
  const other = await makeAccount()
  const { accountId: id } = await memberOf(other)
  const none = { inputTokens: 0, outputTokens: 0 }
  await writeMessages(
    env.LEDGER,
    messagesOf([
      entry({ ...base, ...none, accountId: id, atMs: DAY, costTicks: null, costBasis: 'deferred' }),
      entry({
        ...base,
        ...none,
        accountId: id,
        atMs: DAY,
        model: 'grok-imagine',
        costTicks: 2 * USD,
      }),
      entry({ ...base, accountId: id, atMs: DAY, label: 'a,=b', costTicks: 1 }),
      entry({ ...base, accountId: id, atMs: DAY, label: 'others', costTicks: 1 }),
    ]),
    DAY,
  )
  const lines = linesOf(await (await api(other, 'GET', `/usage.focus.csv${range}`)).text())
  const of = (name: string, value: string): Record<string, string> =>
    lines.find((line) => line[name] === value)!
  expect(of('x_CostBasis', 'deferred')).toMatchObject({ BilledCost: '0.0000000000' })
  expect(of('x_Model', 'grok-imagine')).toMatchObject({
    PricingUnit: 'Requests',
    PricingQuantity: '1',
  })
  const tags = lines.map((line) => JSON.parse(line['Tags']!) as Record<string, string>)
  expect(tags.map(({ requester }) => requester)).toContain('a,=b')
  expect(Object.keys(tags[0]!)).toContain('metrion/model')
})

test('pages do not repeat or leave out a line when a row comes between them', async () => {
  const other = await makeAccount()
  const { accountId: id } = await memberOf(other)
  const write = (labels: readonly string[]): Promise<void> =>
    writeMessages(
      env.LEDGER,
      messagesOf(
        labels.map((label) => entry({ ...base, accountId: id, atMs: DAY, label, costTicks: 1 })),
      ),
      DAY,
    )
  const labels = Array.from({ length: 25 }, (_, n) => `u${String(n).padStart(3, '0')}`)
  await write(labels)
  const query = { starts: [DAY], beforeMs: DAY + 86_400_000, model: [], requester: [], token: [] }
  const stale = await readStale(env.LEDGER, id)
  const read = (after: CubeCell | null): Promise<CubeCell[]> =>
    readCube(env.LEDGER, id, query, { stale, after, most: 10 })
  const first = await read(null)
  await write(['u0000-late'])
  const second = await read(first.at(-1)!)
  const third = await read(second.at(-1)!)
  const told = [...first, ...second, ...third].map(({ requester }) => requester)
  expect(told).toEqual(labels)
})

test('filters, ranges and refusals', async () => {
  const of = async (query: string): Promise<number> => linesOf(await exported(query)).length
  expect(await of(`${range}&model=grok-build-0.1`)).toBe(1)
  expect(await of(`${range}&requester=ada`)).toBe(4)
  // A range is widened to whole days.
  expect(await of('?from=2026-10-19T05:00:00Z&to=2026-10-19T06:00:00Z')).toBe(5)
  expect(await of('?from=2026-09-01T00:00:00Z&to=2026-10-21T00:00:00Z')).toBe(7)
  for (const query of [
    '',
    '?from=2026-10-19T00:00:00Z&groupBy=model',
    '?from=2020-01-01T00:00:00Z',
    '?from=2026-10-20T00:00:00Z&to=2026-10-19T00:00:00Z',
  ])
    expect({
      query,
      status: (await api(account, 'GET', `/usage.focus.csv${query}`)).status,
    }).toEqual({ query, status: 400 })
})

test('an API token needs the scope usage; strangers read nothing of others', async () => {
  const read = async (scopes: ('usage' | 'requests')[]): Promise<Response> => {
    const token = await createApiToken(env.DB, member, { name: 'finance', scopes }, Date.now())
    return fetchWorker(`/api/v1/usage.focus.csv${range}`, {
      headers: { authorization: `Bearer ${token}` },
    })
  }
  expect((await read(['requests'])).status).toBe(403)
  const file = await read(['usage'])
  expect(file.status).toBe(200)
  expect(file.headers.get('content-disposition')).toContain(
    'metrion-focus-2026-10-19-2026-10-20.csv',
  )
  expect(linesOf(await file.text())).toHaveLength(6)
  const other = await makeAccount()
  expect(linesOf(await (await api(other, 'GET', `/usage.focus.csv${range}`)).text())).toEqual([])
  expect((await fetchWorker(`/api/v1/usage.focus.csv${range}`)).status).toBe(401)
})

test('very old sums are lines of whole months', async () => {
  const old = await makeAccount()
  const { accountId: id } = await memberOf(old)
  // As `compactMonths` leaves them.
  await writeMessages(
    env.LEDGER,
    messagesOf([
      entry({ ...base, accountId: id, atMs: Date.UTC(2024, 2, 1), costTicks: 7 }),
      entry({ ...base, accountId: id, atMs: Date.UTC(2026, 9, 19), costTicks: 8 }),
    ]),
    DAY,
  )
  await env.LEDGER.prepare(
    `INSERT INTO pruned (account_id, before_ms, daily_before_ms, monthly_before_ms) VALUES (?1, 0, ?2, ?2)`,
  )
    .bind(id, Date.UTC(2024, 5, 1))
    .run()
  const csv = await api(
    old,
    'GET',
    '/usage.focus.csv?from=2024-03-10T00:00:00Z&to=2026-10-20T00:00:00Z',
  )
  const lines = linesOf(await csv.text())
  expect(lines.map((line) => [line['ChargePeriodStart'], line['ChargePeriodEnd']])).toEqual([
    ['2024-03-01T00:00:00Z', '2024-04-01T00:00:00Z'],
    ['2026-10-19T00:00:00Z', '2026-10-20T00:00:00Z'],
  ])
})
