import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { readBills } from '../../../src/billing/job.ts'
import { findManagementKey } from '../../../src/billing/keys/store.ts'
import { coverageWords } from '../../../src/billing/compare.ts'
import { readBillReport } from '../../../src/billing/report-store.ts'
import type { BillReport } from '../../../src/billing/report.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import type { Team } from '../../xai/management-team.ts'
import { fetchWorker } from '../world.ts'
import { makeBilled, play, rows, saveKey, USD, type Billed } from './world.ts'

const NOW = Date.UTC(2026, 9, 20, 4)
const YESTERDAY = Date.UTC(2026, 9, 19)
const hour = (at: number, daysAgo = 1): number => Date.UTC(2026, 9, 20 - daysAgo, at)

let billed: Billed

beforeEach(async () => {
  billed = await makeBilled()
  await saveKey(billed.account, billed.managementKey)
  // As if the xAI key had been saved long before.
  await env.DB.prepare('UPDATE provider_keys SET saved_at_ms = 0 WHERE account_id = ?1')
    .bind(billed.accountId)
    .run()
})

type Usage = NonNullable<Team['usage']>

const usageOf = (list: readonly [hourMs: number, usd: number, model?: string][]): Usage =>
  list.map(([hourMs, usd, model = 'grok-4.3']) => ({ keyId: billed.keyId, model, hourMs, usd }))

/** Plays a bill, reads it at a moment, and compares it. */
async function reportAt(nowMs: number, told: Partial<Team>, days = 7): Promise<BillReport> {
  const invoice = { coreInvoice: {} }
  await play(billed, { key: billed.managementKey, invoice, ...told })
  await env.DB.prepare('UPDATE management_keys SET next_at_ms = ?2 WHERE account_id <> ?1')
    .bind(billed.accountId, 8e15)
    .run()
  await readBills(env, nowMs)
  const key = (await findManagementKey(env, billed.accountId))!
  expect(key.problem).toBe(null)
  return readBillReport(env, billed.accountId, key, days, nowMs)
}

const page = async (): Promise<string> =>
  (await fetchWorker('/bill', { headers: { cookie: billed.account.cookie } })).text()

test('where all is right, it says 100.0%', async () => {
  const costs = Array.from({ length: 100 }, (_, n) => ({
    hourMs: hour(n % 24, 1 + (n % 7)),
    usd: 0.1 + n / 7,
    model: n % 3 === 0 ? 'grok-4.3' : 'grok-build-0.1',
  }))
  await rows(billed.accountId, costs)
  const usage = costs.map((one) => ({ keyId: billed.keyId, ...one }))
  const report = await reportAt(NOW, { usage })
  expect(report.gaps).toEqual([])
  expect(coverageWords(report.total)).toBe('100.0%')
  expect(report.days).toHaveLength(7)
  expect(report.days.every(({ coverage }) => coverageWords(coverage) === '100.0%')).toBe(true)
})

test('a planted gap of 0.3% is found, with its hour, its model and its rows', async () => {
  const { accountId } = billed
  await rows(accountId, [
    { hourMs: hour(9), usd: 60 },
    { hourMs: hour(14), usd: 39.7, model: 'grok-build-0.1' },
    {
      hourMs: hour(14),
      usd: 0,
      model: 'grok-build-0.1',
      outcome: 'lost',
      costTicks: null,
      costBasis: 'unknown',
    },
    {
      hourMs: hour(14),
      usd: 0,
      model: 'grok-build-0.1',
      outcome: 'client_gone',
      costBasis: 'estimated',
    },
    {
      hourMs: hour(14),
      usd: 0,
      model: 'grok-imagine-video',
      costTicks: null,
      costBasis: 'deferred',
    },
  ])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 60],
      [hour(14), 40, 'grok-build-0.1'],
    ]),
  })
  expect(coverageWords(report.total)).toBe('99.7%')
  expect(report.gaps).toEqual([
    {
      hourMs: hour(14),
      model: 'grok-build-0.1',
      billed: 40 * USD,
      ledger: 39.7 * USD,
      gap: 0.3 * USD,
      rows: { estimated: 1, lost: 1, deferred: 0, unknown: 0 },
    },
  ])
  expect(report.days.find(({ key }) => key === YESTERDAY)?.coverage.missing).toBe(0.3 * USD)
  const gap = report.models.find(({ key }) => key === 'grok-build-0.1')
  expect(gap?.coverage.missing).toBe(0.3 * USD)
})

test('a hair less than all is never 100.0%', async () => {
  await rows(billed.accountId, [{ hourMs: hour(9), usd: 9_999.999 }])
  const report = await reportAt(NOW, { usage: usageOf([[hour(9), 10_000]]) })
  expect(coverageWords(report.total)).toBe('99.9%')
})

test('what doubles cannot hold is no gap, and what is above a millionth of a dollar is', async () => {
  await rows(billed.accountId, [
    { hourMs: hour(9), usd: 0.3 },
    { hourMs: hour(12), usd: 1 },
  ])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 0.1 + 0.2],
      [hour(12), 1.000_002],
    ]),
  })
  expect(report.gaps.map(({ hourMs, gap }) => [hourMs, gap])).toEqual([[hour(12), 20_000]])
})

test('a request that xAI counts in the next hour evens out, and another model does not', async () => {
  await rows(billed.accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(10), usd: 1 },
    { hourMs: hour(15), usd: 1 },
    { hourMs: hour(16), usd: 1, model: 'grok-build-0.1' },
  ])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 1],
      [hour(10), 2],
      [hour(15), 0.5],
      [hour(16), 1.5, 'grok-build-0.1'],
    ]),
  })
  expect(report.gaps.map(({ hourMs, model, gap }) => [hourMs, model, gap / USD])).toEqual([
    [hour(15), 'grok-4.3', -0.5],
    [hour(16), 'grok-build-0.1', 0.5],
  ])
})

test('a version of a model is the model', async () => {
  await rows(billed.accountId, [{ hourMs: hour(9), usd: 2, model: 'grok-4.3' }])
  const report = await reportAt(NOW, { usage: usageOf([[hour(9), 2, 'grok-4.3-latest']]) })
  expect(report.gaps).toEqual([])
})

test('figures that come late are right the next night', async () => {
  await rows(billed.accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(10), usd: 3 },
  ])
  const early = await reportAt(NOW, { usage: usageOf([[hour(9), 2]]) })
  expect(early.total).toMatchObject({ missing: 0, surplus: 3 * USD })
  const whole = usageOf([
    [hour(9), 2],
    [hour(10), 3],
  ])
  const late = await reportAt(NOW + DAY_MS, { usage: whole })
  expect(late.gaps).toEqual([])
  expect(coverageWords(late.total)).toBe('100.0%')
})

test('an hour that xAI leaves out is a gap of that hour', async () => {
  await rows(billed.accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(15), usd: 3 },
  ])
  const usage = usageOf([
    [hour(9), 2],
    [hour(15), 3],
  ])
  const report = await reportAt(NOW, { usage, holes: [hour(15)] })
  expect(report.gaps).toMatchObject([{ hourMs: hour(15), billed: 0, ledger: 3 * USD }])
})

test('days that xAI cut short are left out, and named', async () => {
  await rows(billed.accountId, [{ hourMs: hour(9), usd: 2 }])
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
  const { accountId, keyId } = billed
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
    .bind(billed.accountId, hour(9) + 60_000)
    .run()
  await rows(billed.accountId, [
    { hourMs: hour(8), usd: 2 },
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(10), usd: 3 },
  ])
  const report = await reportAt(NOW, { usage: usageOf([[hour(10), 3]]) })
  expect(report).toMatchObject({ isSinceKey: true, fromMs: hour(10), gaps: [] })
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
})

test('the page says it', async () => {
  const nowMs = Date.now()
  const today = nowMs - (nowMs % DAY_MS)
  const at = (hours: number): number => today - DAY_MS + hours * HOUR_MS
  await rows(billed.accountId, [
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
  expect(text).toContain('$90.00 of prepaid credit are left.')
})
