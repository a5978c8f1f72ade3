import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { coverageWords } from '../../../src/billing/compare.ts'
import { DAY_MS } from '../../../src/http/time.ts'
import { write } from '../alerts/world.ts'
import { entry } from '../ledger/messages.ts'
import { hour, NOW, rows, USD, useBilled } from './world.ts'

const YESTERDAY = Date.UTC(2026, 9, 19)
const world = useBilled()
const { usageOf, reportAt } = world

test('where all is right, it says 100.0%', async () => {
  const costs = Array.from({ length: 100 }, (_, n) => ({
    hourMs: hour(n % 24, 1 + (n % 7)),
    usd: 0.1 + n / 7,
    model: n % 3 === 0 ? 'grok-4.3' : 'grok-build-0.1',
  }))
  await rows(world.billed.accountId, costs)
  const usage = costs.map((one) => ({ keyId: world.billed.keyId, ...one }))
  const report = await reportAt(NOW, { usage })
  expect(report.gaps).toEqual([])
  expect(coverageWords(report.total)).toBe('100.0%')
  expect(report.days).toHaveLength(7)
  expect(report.days.every(({ coverage }) => coverageWords(coverage) === '100.0%')).toBe(true)
})

test('a planted gap of 0.3% is found, with its hour, its model and its rows', async () => {
  const { accountId } = world.billed
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
  expect(report.gaps).toMatchObject([
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
  await rows(world.billed.accountId, [{ hourMs: hour(9), usd: 9_999.999 }])
  const report = await reportAt(NOW, { usage: usageOf([[hour(9), 10_000]]) })
  expect(coverageWords(report.total)).toBe('99.9%')
})

test('what doubles cannot hold is no gap, and what is above a millionth of a dollar is', async () => {
  await rows(world.billed.accountId, [
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

test('a request that xAI counts in the next hour evens out; never the other way, nor another model', async () => {
  await rows(world.billed.accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(10), usd: 1 },
    { hourMs: hour(12), usd: 1 },
    { hourMs: hour(13), usd: 51 },
    { hourMs: hour(15), usd: 1 },
    { hourMs: hour(16), usd: 1, model: 'grok-build-0.1' },
  ])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 1],
      [hour(10), 2],
      [hour(12), 51],
      [hour(13), 1],
      [hour(15), 0.5],
      [hour(16), 1.5, 'grok-build-0.1'],
    ]),
  })
  expect(report.gaps.map(({ hourMs, model, gap }) => [hourMs, model, gap / USD])).toEqual([
    [hour(12), 'grok-4.3', 50],
    [hour(13), 'grok-4.3', -50],
    [hour(15), 'grok-4.3', -0.5],
    [hour(16), 'grok-build-0.1', 0.5],
  ])
  expect(report.total.moved).toBe(USD)
})

test('a gap stays in its hour beside one that evens out', async () => {
  await rows(world.billed.accountId, [
    { hourMs: hour(9), usd: 99.7 },
    { hourMs: hour(10), usd: 2 },
    { hourMs: hour(11), usd: 1 },
  ])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 100],
      [hour(10), 1],
      [hour(11), 2],
    ]),
  })
  expect(report.gaps.map(({ hourMs, gap }) => [hourMs, Math.round(gap / 1e9)])).toEqual([
    [hour(9), 3],
  ])
})

test('requests that cross midnight are all right at both ends of the days', async () => {
  await rows(world.billed.accountId, [
    { hourMs: hour(23, 8), usd: 1 },
    { hourMs: hour(9), usd: 8 },
    { hourMs: hour(23), usd: 1 },
  ])
  const usage = usageOf([
    [hour(0, 7), 1],
    [hour(9), 8],
    [hour(0, 0), 1],
  ])
  // The day before the first was read earlier.
  await reportAt(NOW - DAY_MS, { usage })
  const report = await reportAt(NOW, { usage })
  expect(report.gaps).toEqual([])
  expect(coverageWords(report.total)).toBe('100.0%')
})

test('the bill of a video that came with a later row is no gap', async () => {
  const { accountId } = world.billed
  const row = entry({ accountId, atMs: hour(12) + 60_000, model: 'grok-imagine-video' })
  await write([{ ...row, mode: 'job', costTicks: 5 * USD, costBasis: 'reported' }])
  await env.LEDGER.prepare(
    `INSERT INTO works (account_id, id, kind, at_ms, billed_by, checks) VALUES (?1, ?2, 'video', ?3, ?4, 0)`,
  )
    .bind(accountId, crypto.randomUUID(), hour(9) + 60_000, row.id)
    .run()
  const report = await reportAt(NOW, { usage: usageOf([[hour(9), 5, 'grok-imagine-video']]) })
  expect(report.gaps).toEqual([])
  expect(report.total).toMatchObject({ missing: 0, surplus: 0, moved: 5 * USD })
})

test('what xAI takes back is told apart', async () => {
  await rows(world.billed.accountId, [{ hourMs: hour(9), usd: 10 }])
  const report = await reportAt(NOW, {
    usage: usageOf([
      [hour(9), 10],
      [hour(15), -12],
    ]),
  })
  expect(report.correctedTicks).toBe(-12 * USD)
  expect(coverageWords(report.total)).toBe('100.0%')
  expect(report.gaps).toEqual([])
})

test('many differences that are none by themselves are not passed over', async () => {
  const list = Array.from({ length: 20 }, (_, n) => hour(n))
  await rows(
    world.billed.accountId,
    list.map((hourMs) => ({ hourMs, usd: 0.000_000_02 })),
  )
  const report = await reportAt(NOW, { usage: usageOf(list.map((hourMs) => [hourMs, 9e-7])) })
  expect(coverageWords(report.total)).not.toBe('100.0%')
})

test('a version of a model is the model', async () => {
  await rows(world.billed.accountId, [{ hourMs: hour(9), usd: 2, model: 'grok-4.3' }])
  const report = await reportAt(NOW, { usage: usageOf([[hour(9), 2, 'grok-4.3-latest']]) })
  expect(report.gaps).toEqual([])
})

test('figures that come late are right the next night', async () => {
  await rows(world.billed.accountId, [
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

test('an hour that xAI has not reported is left out, and said; one of a single model is a gap', async () => {
  await rows(world.billed.accountId, [
    { hourMs: hour(9), usd: 2 },
    { hourMs: hour(15), usd: 3 },
    { hourMs: hour(20), usd: 4 },
  ])
  const usage = usageOf([
    [hour(9), 2],
    [hour(15), 3],
  ])
  const report = await reportAt(NOW, { usage, holes: [hour(15)] })
  expect(report.unreported).toEqual({ hours: 1, ticks: 3 * USD })
  expect(report.gaps).toMatchObject([{ hourMs: hour(20), billed: 0, ledger: 4 * USD }])
})
