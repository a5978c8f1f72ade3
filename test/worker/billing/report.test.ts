import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { coverageWords } from '../../../src/billing/compare.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { api, fetchWorker } from '../world.ts'
import { hour, identityOf, NOW, rows, USD, useBilled } from './world.ts'

const YESTERDAY = Date.UTC(2026, 9, 19)
const world = useBilled()
const { usageOf, reportAt } = world

const page = async (): Promise<string> =>
  (await fetchWorker('/bill', { headers: { cookie: world.billed.account.cookie } })).text()

test('another key does not change the days before it', async () => {
  const { accountId } = world.billed
  await rows(accountId, [{ hourMs: hour(9, 3), usd: 50 }])
  const before = await reportAt(NOW, { usage: usageOf([[hour(9, 3), 50]]) })
  expect(coverageWords(before.total)).toBe('100.0%')
  const key = `xai-${crypto.randomUUID()}`
  await api(world.billed.account, 'PUT', '/provider-keys/grok', { key })
  await env.DB.prepare('UPDATE provider_keys SET saved_at_ms = ?2 WHERE account_id = ?1')
    .bind(accountId, NOW + HOUR_MS)
    .run()
  const old = world.billed.keyId
  world.billed = { ...world.billed, ...identityOf(key) }
  const usage = [{ keyId: old, model: 'grok-4.3', hourMs: hour(9, 3), usd: 50 }]
  const after = await reportAt(NOW + DAY_MS, { usage })
  expect(coverageWords(after.total)).toBe('100.0%')
  expect(after.past.ticks).toBe(0)
})

test('an answer that is cut does not replace a whole one', async () => {
  await rows(world.billed.accountId, [{ hourMs: hour(9), usd: 2 }])
  const usage = usageOf([[hour(9), 2]])
  await reportAt(NOW, { usage })
  const report = await reportAt(NOW + DAY_MS, { usage, fault: { mostModels: 1 } })
  expect(coverageWords(report.total)).toBe('100.0%')
})

test('where sums are kept by day alone, days are compared', async () => {
  const { accountId } = world.billed
  // As `compactDays` leaves them.
  await rows(accountId, [
    { hourMs: hour(0, 12), usd: 5 },
    { hourMs: hour(9), usd: 1 },
  ])
  await env.LEDGER.prepare(
    'INSERT INTO pruned (account_id, before_ms, daily_before_ms, monthly_before_ms) VALUES (?1, ?2, ?2, 0)',
  )
    .bind(accountId, hour(0, 8))
    .run()
  const usage = usageOf([
    [hour(7, 12), 2],
    [hour(15, 12), 3.5],
    [hour(9), 1],
  ])
  await reportAt(NOW - 11 * DAY_MS, { usage })
  const report = await reportAt(NOW, { usage }, 30)
  expect(report.gaps).toMatchObject([
    { hourMs: hour(0, 12), isDay: true, gap: 0.5 * USD, rows: null },
  ])
})

test('days that xAI cut short are left out, and named', async () => {
  await rows(world.billed.accountId, [{ hourMs: hour(9), usd: 2 }])
  const usage = usageOf([
    [hour(9), 2],
    [hour(9), 2, 'grok-build-0.1'],
  ])
  const report = await reportAt(NOW, { usage, fault: { mostModels: 1 } })
  expect(report.cutDays).toHaveLength(7)
  expect(report.total).toMatchObject({ billed: 0, ledger: 0 })
  expect(coverageWords(report.total)).toBe(null)
})

test('other keys of the team are past Metrion, and callers’ own keys are no part of the bill', async () => {
  const { accountId, keyId } = world.billed
  await rows(accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(9), usd: 5, mode: 'pass-through' },
  ])
  const report = await reportAt(NOW, {
    usage: [
      { keyId, model: 'grok-4.3', hourMs: hour(9), usd: 2 },
      { keyId: 'another', model: 'grok-4.3', hourMs: hour(9), usd: 7 },
    ],
  })
  expect(report.gaps).toEqual([])
  expect(report.past).toEqual({
    ticks: 7 * USD,
    byModel: [{ model: 'grok-4.3', ticks: 7 * USD }],
    passThroughTicks: 5 * USD,
  })
})

test('hours before the key was saved are not compared', async () => {
  await env.DB.prepare('UPDATE provider_keys SET saved_at_ms = ?2 WHERE account_id = ?1')
    .bind(world.billed.accountId, hour(9) + 60_000)
    .run()
  await rows(world.billed.accountId, [
    { hourMs: hour(8), usd: 2 },
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(10), usd: 3 },
  ])
  const report = await reportAt(NOW, { usage: usageOf([[hour(10), 3]]) })
  expect(report).toMatchObject({ sinceMs: hour(10), fromMs: YESTERDAY, gaps: [] })
  expect(report.total.ledger).toBe(3 * USD)
})

test('the running invoice in ticks, and when the credit ends', async () => {
  const coreInvoice = {
    lines: [
      {
        description: 'grok-4.3 input',
        unitType: 'tokens',
        unitPrice: '125',
        numUnits: '8000000',
        amount: '1000',
      },
      { description: 'free' },
    ],
    prepaidCredits: { val: '-5000' },
    prepaidCreditsUsed: { val: '-1500' },
  }
  const usage = usageOf([[hour(9), 7]])
  const invoice = { coreInvoice, billingCycle: { year: 2026, month: 10 } }
  const report = await reportAt(NOW, { usage, invoice })
  expect(report.invoice).toMatchObject({
    month: '2026-10',
    lines: [
      { description: 'grok-4.3 input', units: 8e6, unitPriceTicks: 12_500, ticks: 10 * USD },
      { description: 'free', units: 0, ticks: 0 },
    ],
  })
  // 8 million tokens at $1.25 a million.
  expect(8e6 * report.invoice!.lines[0]!.unitPriceTicks).toBe(10 * USD)
  // $35 left, $7 in a week.
  expect(report.credit).toEqual({ ticks: 35 * USD, aDayTicks: USD, endsAtMs: NOW + 35 * DAY_MS })
  const positive = { prepaidCredits: 5000, prepaidCreditsUsed: 1500 }
  const other = await reportAt(NOW + DAY_MS, { usage, invoice: { coreInvoice: positive } })
  expect(other.credit?.ticks).toBe(35 * USD)
  const none = await reportAt(NOW + 2 * DAY_MS, { usage, invoice: { coreInvoice: {} } })
  expect(none.credit).toBe(null)
  const little = { ...invoice, coreInvoice: { prepaidCredits: { val: '-500000000' } } }
  const far = await reportAt(NOW + 3 * DAY_MS, {
    usage: usageOf([[hour(9), 0.0003]]),
    invoice: little,
  })
  expect(far.credit?.endsAtMs).toBe(null)
})

test('the page says it', async () => {
  const nowMs = Date.now()
  const today = nowMs - (nowMs % DAY_MS)
  const at = (hours: number): number => today - DAY_MS + hours * HOUR_MS
  await rows(world.billed.accountId, [
    { hourMs: at(9), usd: 60 },
    { hourMs: at(14), usd: 39.7, model: 'grok-build-0.1' },
    {
      hourMs: at(14),
      usd: 0,
      model: 'grok-build-0.1',
      outcome: 'client_gone',
      costBasis: 'estimated',
    },
  ])
  await reportAt(nowMs, {
    usage: [
      ...usageOf([
        [at(9), 60],
        [at(14), 40, 'grok-build-0.1'],
      ]),
      { keyId: 'another', model: 'grok-4.3', hourMs: at(3), usd: 12.5 },
    ],
    invoice: {
      coreInvoice: {
        lines: [
          { description: 'grok-4.3 output', unitPrice: '250', numUnits: '4000000', amount: '1000' },
        ],
        prepaidCredits: { val: '-9000' },
      },
    },
  })
  const text = (await page()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  expect(text).toContain('Metrion accounts for 99.7% of what xAI billed this key')
  expect(text).toContain('1 estimated')
  expect(text).toContain('$0.30 missing')
  expect(text).toContain('$12.50')
  expect(text).toContain('grok-4.3 output')
  expect(text).toContain('$90.00 of prepaid credit is left.')
})
