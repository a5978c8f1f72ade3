import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { rangeOf, RANGES, type RangeName } from '../../../src/pages/dashboard/range.ts'
import { heading } from '../../../src/pages/dashboard/series.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { foldAll } from '../turns.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { usd } from '../../../src/http/format.ts'
import { figureOf } from './figures.ts'
import { seeded } from '../../seeded.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { fetchWorker, makeAccount, memberOf } from '../world.ts'
import { withoutDoors } from './doors.ts'

const account = await makeAccount()
const { accountId } = await memberOf(account)
const HOUR = 3_600_000
const NOW = Date.now()
const random = seeded(11)
const EVIL = '<b onclick=alert(1)>eve</b>'
const MODELS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((letter) => `grok-${letter}`)

const entries: LedgerEntry[] = Array.from({ length: 300 }, (_, index) => {
  const atMs = NOW - Math.floor(random() * 60 * 24 * HOUR)
  return entry({
    accountId,
    atMs,
    id: uuidv7(atMs),
    tokenId: index % 3 === 0 ? account.tokenId : 'gone',
    label: [null, 'ada', EVIL][index % 3]!,
    model: MODELS[index % MODELS.length]!,
    costTicks: Math.floor(random() * 1e12),
    costBasis: (['reported', 'computed', 'estimated'] as const)[index % 3]!,
  })
})

beforeAll(async () => {
  for (let at = 0; at < entries.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 100)), NOW)
  // Some of it is summed up, some is not.
  await foldAll(env.LEDGER, NOW - 20 * 24 * HOUR)
})

async function page(query: string, zone = 'UTC'): Promise<{ status: number; html: string }> {
  const response = await fetchWorker(`/dashboard?${query}`, {
    headers: { accept: 'text/html', cookie: `${account.cookie}; zone=${zone}` },
  })
  return { status: response.status, html: withoutDoors(await response.text()) }
}

const numbersOf = (html: string, pattern: RegExp): bigint[] =>
  [...html.matchAll(pattern)].map((match) => BigInt(match[1]!.replace('.', '')))
const sum = (list: readonly bigint[]): bigint => list.reduce((total, one) => total + one, 0n)

test.each(Object.keys(RANGES) as RangeName[])(
  'chart, tables and tiles say the same, to the tick: %s',
  async (range) => {
    for (const zone of ['UTC', 'Europe/Zurich', 'Asia/Kolkata']) {
      const { fromMs, beforeMs } = rangeOf(range, Date.now(), zone)
      const costTicks = entries
        .filter(({ atMs }) => atMs >= fromMs && atMs < beforeMs)
        .reduce((total, one) => total + (one.costTicks ?? 0), 0)
      for (const by of ['model', 'requester', 'token']) {
        const { html } = await page(`range=${range}&by=${by}`, zone)
        const chart = numbersOf(html, /data-value="([\d.]+)"/g)
        expect(sum(chart)).toBe(BigInt(costTicks))
        const tables = numbersOf(html, /data-ticks="(\d+)"/g)
        // Three tables, each of its rows and their sum.
        expect(sum(tables)).toBe(BigInt(costTicks) * 6n)
        if (costTicks > 0) expect(html).toMatch(figureOf(costTicks))
      }
    }
  },
)

test('one requester’s dashboard is of that requester alone, whatever it is called', async () => {
  for (const label of [null, 'ada', EVIL]) {
    const { html } = await page(`range=30d&requester=${encodeURIComponent(label ?? '')}`)
    const { fromMs } = rangeOf('30d', Date.now(), 'UTC')
    const own = entries.filter((one) => one.label === label && one.atMs >= fromMs)
    const ticks = own.reduce((total, one) => total + (one.costTicks ?? 0), 0)
    expect(sum(numbersOf(html, /data-value="([\d.]+)"/g))).toBe(BigInt(ticks))
    expect(html).toContain(usd(ticks))
    expect(html).not.toContain('<b onclick')
  }
})

test('a period that has begun is compared with as much of the one before', async () => {
  const nowMs = Date.now()
  const { fromMs, beforeMs, comparedFromMs } = rangeOf('month', nowMs, 'UTC')
  const sumOf = (from: number, to: number): number =>
    entries
      .filter(({ atMs }) => atMs >= from && atMs < to)
      .reduce((sum, one) => sum + (one.costTicks ?? 0), 0)
  const now = sumOf(fromMs, beforeMs)
  // To the minute: not as far as the end of the running hour.
  const then = sumOf(comparedFromMs, Math.min(fromMs, comparedFromMs + nowMs - fromMs))
  const { html } = await page('range=month')
  const told = /<p class="figure">.+?<\/p><p class="hint">([^<]+)</.exec(html)![1]
  const change = now / then - 1
  expect(told).toBe(
    then === 0
      ? 'no earlier data'
      : `${change < 0 ? '−' : '+'}${Math.abs(change * 100).toFixed(1)}%`,
  )
})

test.each(['model', 'requester', 'token'] as const)(
  'by %s, a table has what each cost in the period before, also of what is gone',
  async (by) => {
    const { html } = await page(`range=30d&by=${by}`)
    const { fromMs, beforeMs, comparedFromMs, ...range } = rangeOf('30d', Date.now(), 'UTC')
    const comparedBeforeMs = range.comparedEndMs ?? range.comparedBeforeMs
    const keyOf = (one: LedgerEntry): string =>
      ({ model: one.model!, requester: one.label ?? 'no requester', token: one.tokenId })[by]
    const costs = (from: number, to: number): Map<string, number> => {
      const sums = new Map<string, number>()
      for (const one of entries)
        if (one.atMs >= from && one.atMs < to)
          sums.set(keyOf(one), (sums.get(keyOf(one)) ?? 0) + (one.costTicks ?? 0))
      return sums
    }
    const [now, then] = [costs(fromMs, beforeMs), costs(comparedFromMs, comparedBeforeMs)]
    const table = html.split(`id="by-${by}"`)[1]!.split('<tfoot>')[0]!
    const rows = table.split('<tr>').slice(2)
    expect(rows).toHaveLength(new Set([...now.keys(), ...then.keys()]).size)
    for (const row of rows) {
      const key = /<th[^>]*>(.*?)<\/th>/s.exec(row)![1]!.replaceAll(/<[^>]+>/g, '')
      const raw = key.startsWith('first …')
        ? account.tokenId
        : key.replaceAll('&lt;', '<').replaceAll('&gt;', '>')
      const [, before = '', change = ''] = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(
        ([, cell]) => cell!,
      )
      const [a, b] = [now.get(raw) ?? 0, then.get(raw) ?? 0]
      if (b === 0) expect(before).toBe('–')
      else expect(before).toContain(`(${b.toLocaleString('en-US')} ticks)`)
      const by100 = (a / b - 1) * 100
      expect(change).toBe(
        b === 0 ? (a > 0 ? 'new' : '–') : `${by100 < 0 ? '−' : '+'}${Math.abs(by100).toFixed(1)}%`,
      )
    }
    if (by === 'requester') expect(rows.at(-1)).toContain('no requester')
  },
)

test('a running period is compared to the minute, not to the end of its hour', async () => {
  const fresh = await makeAccount()
  const { accountId: own } = await memberOf(fresh)
  const nowMs = Date.now()
  const { fromMs } = rangeOf('today', nowMs, 'UTC')
  const passedMs = nowMs - fromMs
  const yesterday = (ms: number): number => fromMs - 24 * HOUR + ms
  // One that counts, and one that is as far into yesterday as today has not come yet.
  const times = [yesterday(passedMs - 60_000), yesterday(passedMs + 20_000), nowMs - 1_000]
  const rows = times.map((atMs, index) =>
    entry({ accountId: own, atMs, id: uuidv7(atMs), costTicks: [10, 1_000, 20][index]! * 1e9 }),
  )
  await writeMessages(env.LEDGER, messagesOf(rows), nowMs)
  const response = await fetchWorker('/dashboard?range=today', {
    headers: { accept: 'text/html', cookie: fresh.cookie },
  })
  const told = /<p class="figure">.+?<\/p><p class="hint">([^<]+)</.exec(await response.text())![1]
  // Just after midnight, nothing of yesterday is as early.
  if (passedMs > 120_000 && passedMs % HOUR < HOUR - 30_000) expect(told).toBe('+100.0%')
})

test('the period before lies under the chart, step by step', async () => {
  const { html } = await page('range=30d&compare=on')
  const { comparedFromMs, ...range } = rangeOf('30d', Date.now(), 'UTC')
  const comparedBeforeMs = range.comparedEndMs ?? range.comparedBeforeMs
  const ticks = entries
    .filter(({ atMs }) => atMs >= comparedFromMs && atMs < comparedBeforeMs)
    .reduce((total, one) => total + (one.costTicks ?? 0), 0)
  const head = /id="cost-numbers"><thead>(.*?)<\/thead>/s.exec(html)![1]!
  expect(head).toContain('data-line="before"')
  const column = head.match(/<th /g)!.length - 1
  const rows = html.split('id="cost-numbers"')[1]!.split('</table>')[0]!.split('<tr').slice(2)
  const values = rows.map((row) =>
    BigInt(([...row.matchAll(/data-value="([\d.]*)"/g)][column - 1]![1] || '0').replace('.', '')),
  )
  expect(sum(values)).toBe(BigInt(ticks))
  // Today is not over.
  expect(rows.filter((row) => row.startsWith(' data-partial'))).toHaveLength(1)
  expect(rows.at(-1)).toContain('so far')
  expect((await page('range=last-month')).html).not.toContain('data-partial')
})

test('a table that has more rows than it lists opens them all', async () => {
  const { html } = await page('range=30d')
  expect(html).not.toContain('others</a>')
  expect((await page('range=30d&all=requester')).status).toBe(200)
  expect((await page('range=30d&all=nothing')).status).toBe(400)
})

test('more models than colours share the last', async () => {
  const { html } = await page('range=30d')
  const head = /<table class="log" id="cost-numbers"><thead>(.*?)<\/thead>/s.exec(html)![1]!
  expect(head.match(/<th /g)).toHaveLength(9)
  expect(head).toContain('all others')
})

test('an address that cannot be used is refused by name', async () => {
  const { status, html } = await page('range=eternity')
  expect(status).toBe(400)
  expect(html).toContain('range')
})

test('an account without requests is told what will be here', async () => {
  const fresh = await makeAccount()
  const response = await fetchWorker('/dashboard', { headers: { cookie: fresh.cookie } })
  const html = await response.text()
  expect(html).toContain('No requests yet')
  expect(html).not.toContain('<canvas')
})

test('a month is heading where it has gone so far', () => {
  const month = rangeOf('month', Date.parse('2026-11-16T00:00:00Z'), 'UTC')
  const atMs = (day: number): number => Date.parse('2026-11-01T00:00:00Z') + day * 24 * HOUR
  expect(heading(15_000, month, atMs(15))).toBe(30_000)
  expect(heading(15_000, month, atMs(30))).toBe(15_000)
  expect(heading(15_000, month, atMs(0))).toBeNull()
  expect(heading(15_000, rangeOf('30d', NOW, 'UTC'), NOW)).toBeNull()
})

test.each([
  ['24h', '2026-11-24T09:30:00Z', 'UTC', '2026-11-23T10', '2026-11-22T10'],
  ['1h', '2026-11-24T09:32:00Z', 'UTC', '2026-11-24T08', '2026-11-24T07'],
  ['7d', '2026-11-24T09:30:00Z', 'UTC', '2026-11-18T00', '2026-11-11T00'],
  ['30d', '2026-03-02T09:30:00Z', 'Europe/Zurich', '2026-01-31T23', '2026-01-01T23'],
  // Over the change of the clocks.
  ['7d', '2026-10-28T09:30:00Z', 'Europe/Zurich', '2026-10-21T22', '2026-10-14T22'],
  ['month', '2026-03-31T23:30:00Z', 'Europe/Zurich', '2026-03-31T22', '2026-02-28T23'],
  ['month', '2026-03-31T21:30:00Z', 'Europe/Zurich', '2026-02-28T23', '2026-01-31T23'],
  ['last-month', '2026-03-31T21:30:00Z', 'Europe/Zurich', '2026-01-31T23', '2025-12-31T23'],
  ['today', '2026-11-24T09:30:00Z', 'Europe/Zurich', '2026-11-23T23', '2026-11-22T23'],
  ['yesterday', '2026-11-24T09:30:00Z', 'Europe/Zurich', '2026-11-22T23', '2026-11-21T23'],
  // Weeks begin on Monday, also for a Sunday; over the change of the clocks.
  ['week', '2026-11-24T09:30:00Z', 'UTC', '2026-11-23T00', '2026-11-16T00'],
  ['week', '2026-10-25T21:30:00Z', 'Europe/Zurich', '2026-10-18T22', '2026-10-11T22'],
  ['last-week', '2026-10-26T09:30:00Z', 'Europe/Zurich', '2026-10-18T22', '2026-10-11T22'],
] as const)('%s at %s in %s', (name, now, zone, from, compared) => {
  const range = rangeOf(name, Date.parse(now), zone)
  const hour = (ms: number): string => new Date(ms).toISOString().slice(0, 13)
  expect([hour(range.fromMs), hour(range.comparedFromMs)]).toEqual([from, compared])
})

test.each([
  // A whole month with a whole one, of whatever length.
  [
    'last-month',
    '2026-03-31T21:30:00Z',
    '2026-01-31T23',
    '2026-02-28T23',
    '2025-12-31T23',
    '2026-01-31T23',
  ],
  [
    'yesterday',
    '2026-10-26T09:30:00Z',
    '2026-10-24T22',
    '2026-10-25T23',
    '2026-10-23T22',
    '2026-10-24T22',
  ],
  // One that is not over with as much of the one before, or all that it has.
  [
    'month',
    '2026-03-02T09:30:00Z',
    '2026-02-28T23',
    '2026-03-02T10',
    '2026-01-31T23',
    '2026-02-02T10',
  ],
  [
    'month',
    '2026-03-30T21:30:00Z',
    '2026-02-28T23',
    '2026-03-30T22',
    '2026-01-31T23',
    '2026-02-28T23',
  ],
] as const)('%s at %s is compared with what is like it', (name, now, ...expected) => {
  const range = rangeOf(name, Date.parse(now), 'Europe/Zurich')
  const { fromMs, beforeMs, comparedFromMs, comparedBeforeMs } = range
  const hours = [fromMs, beforeMs, comparedFromMs, comparedBeforeMs].map((ms) =>
    new Date(ms).toISOString().slice(0, 13),
  )
  expect(hours).toEqual(expected)
})

test('what is over ends, and what is not is heading somewhere', () => {
  const nowMs = Date.parse('2026-11-24T09:30:00Z')
  const iso = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString().slice(0, 13)
  const of = (name: RangeName): unknown => {
    const { beforeMs, endMs, interval } = rangeOf(name, nowMs, 'UTC')
    return [iso(beforeMs), iso(endMs), interval]
  }
  expect(of('today')).toEqual(['2026-11-24T10', '2026-11-25T00', 'hour'])
  expect(of('yesterday')).toEqual(['2026-11-24T00', null, 'hour'])
  expect(of('week')).toEqual(['2026-11-24T10', '2026-11-30T00', 'day'])
  expect(of('last-week')).toEqual(['2026-11-23T00', null, 'day'])
  expect(of('last-month')).toEqual(['2026-11-01T00', null, 'day'])
})

test('figures lead to the requests behind them, and bars to their time', async () => {
  const response = await fetchWorker('/dashboard?range=30d&by=requester', {
    headers: { accept: 'text/html', cookie: `${account.cookie}; zone=UTC` },
  })
  const html = await response.text()
  const links = [...html.matchAll(/<td class="number"[^>]*><a href="([^"]+)">/g)].map(([, href]) =>
    href!.replaceAll('&amp;', '&'),
  )
  expect(links.length).toBeGreaterThan(20)
  // Every link is a view of the log that answers, and none is of everything.
  for (const href of new Set(links)) {
    expect(href).toMatch(/^\/logs\?from=/)
    const log = await fetchWorker(href, { headers: { cookie: account.cookie } })
    expect({ href, status: log.status }).toEqual({ href, status: 200 })
  }
  // The row of one requester: as many requests as its cell says.
  const table = html.slice(html.indexOf('id="by-requester"'))
  const row = />ada<\/a><\/th>(.*?)<\/tr>/s.exec(table)![1]!
  const [, href, told] = /<td class="number"><a href="([^"]+)">([\d,]+)<\/a>/.exec(row)!
  const log = await fetchWorker(href!.replaceAll('&amp;', '&'), {
    headers: { cookie: account.cookie },
  })
  const [, found] = /<strong>([\d,]+)<\/strong> requests?</.exec(await log.text())!
  expect(found).toBe(told)
  expect(html).toMatch(/<th scope="row"><a href="\/dashboard\?from=/)
})
