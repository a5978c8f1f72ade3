import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { usd } from '../../../src/http/format.ts'
import { figureOf } from './figures.ts'
import { seeded } from '../../seeded.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { fetchWorker, makeAccount, memberOf } from '../world.ts'
import { withoutDoors } from './doors.ts'

const HOUR = 3_600_000
const account = await makeAccount()
const { accountId } = await memberOf(account)
const random = seeded(21)
// The night in which Zurich's clocks go back, and the end of the month behind it.
const START = Date.parse('2026-10-24T00:00:00Z')
const EVIL = '<img src=x onerror=alert(1)>'

const entries: LedgerEntry[] = Array.from({ length: 300 }, (_, index) => {
  const atMs = START + Math.floor(random() * 10 * 24 * HOUR)
  const isFailed = index % 5 === 0
  return entry({
    accountId,
    atMs,
    id: uuidv7(atMs),
    label: index % 2 === 0 ? 'ada' : index % 3 === 0 ? null : 'grace',
    model: index % 3 === 0 ? 'grok-4.3' : 'grok-4.6',
    costTicks: isFailed ? null : Math.floor(random() * 1e10),
    costBasis: isFailed ? 'none' : 'reported',
    computedTicks: null,
    savedTicks: 1_000,
    firstByteMs: isFailed ? null : 100 + index,
    totalMs: 1_000 + index,
    ownMs: 3,
    ...(isFailed
      ? {
          status: 429,
          outcome: 'upstream_refused',
          errorCode: `code-${index % 10}`,
          errorText: EVIL,
        }
      : {}),
  })
})

beforeAll(async () => {
  for (let at = 0; at < entries.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 100)), START)
})

async function page(path: string, zone = 'Europe/Zurich'): Promise<Response> {
  const response = await fetchWorker(`/dashboard${path}`, {
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: `${account.cookie}; zone=${zone}` },
  })
  const { status, headers } = response
  return new Response(withoutDoors(await response.text()), { status, headers })
}

const within = (from: string, to: string): LedgerEntry[] =>
  entries.filter(({ atMs }) => atMs >= Date.parse(from) && atMs < Date.parse(to))

const valuesOf = (html: string, id: string): string[][] => {
  const table = new RegExp(`<table class="log" id="${id}-numbers">(.*?)</table>`, 's').exec(
    html,
  )![1]!
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)]
    .slice(1)
    .map(([, row]) => [...row!.matchAll(/data-value="([^"]*)"/g)].map(([, value]) => value!))
}

test('a custom time is the viewer’s, and its address means the same to whoever opens it', async () => {
  const typed = await page('?from=2026-10-25T00:00&to=2026-10-26T00:00&by=model')
  expect(typed.status).toBe(303)
  const address = typed.headers.get('location')!
  expect(decodeURIComponent(address)).toBe(
    '/dashboard?from=2026-10-24T22:00:00.000Z&to=2026-10-25T23:00:00.000Z&by=model',
  )
  const ticks = within('2026-10-24T22:00Z', '2026-10-25T23:00Z').reduce(
    (sum, one) => sum + (one.costTicks ?? 0),
    0,
  )
  for (const zone of ['Europe/Zurich', 'America/New_York']) {
    const html = await (await page(address.replace('/dashboard', ''), zone)).text()
    expect(html).toMatch(figureOf(ticks))
    // The 25 hours of that day, hour by hour.
    expect(valuesOf(html, 'cost')).toHaveLength(25)
  }
})

test('of requests without a requester alone, in any range and in the log', async () => {
  const query = 'from=2026-10-24T00:00:00.000Z&to=2026-11-03T00:00:00.000Z&by=model&requester='
  const own = entries.filter(({ label }) => label === null)
  const ticks = own.reduce((sum, one) => sum + (one.costTicks ?? 0), 0)
  const shown = await page(`?${query}`)
  expect(shown.status).toBe(200)
  expect(await shown.text()).toMatch(figureOf(ticks))
  const failed = await (await page(`/errors?${query}`)).text()
  const link = /href="(\/logs\?[^"]+)"/.exec(failed)![1]!.replaceAll('&amp;', '&')
  const log = await fetchWorker(link, { headers: { cookie: account.cookie } })
  const listed = [...(await log.text()).matchAll(/href="\/logs\/([0-9a-f-]{36})"/g)]
  const expected = own.filter(({ status }) => status === 429).map(({ id }) => id)
  expect(new Set(listed.map(([, id]) => id))).toEqual(new Set(expected))
})

test('short ranges tell every requester, however many steps they have', async () => {
  const html = await (
    await page('?from=2026-10-25T00:00:00.000Z&to=2026-10-25T05:00:00.000Z&by=requester')
  ).text()
  const tables = [...html.matchAll(/data-ticks="(\d+)"/g)].map(([, ticks]) => Number(ticks))
  const some = within('2026-10-25T00:00Z', '2026-10-25T05:00Z')
  const total = some.reduce((sum, one) => sum + (one.costTicks ?? 0), 0)
  // Three tables, each of its rows and their sum.
  expect(tables.reduce((sum, one) => sum + one, 0)).toBe(6 * total)
})

test('over the end of a month, days are those of the zone', async () => {
  const html = await (
    await page('?from=2026-10-29T23:00:00.000Z&to=2026-11-02T23:00:00.000Z&by=model')
  ).text()
  const days = [...html.matchAll(/<time [^>]*data-when="day"[^>]*>(\d{4}-\d\d-\d\d)<\/time>/g)].map(
    ([, day]) => day,
  )
  expect(days).toEqual(['2026-10-30', '2026-10-31', '2026-11-01', '2026-11-02'])
  const sums = valuesOf(html, 'cost').map((row) =>
    row.reduce((sum, value) => sum + BigInt(value.replace('.', '')), 0n),
  )
  const day = (from: string, to: string): bigint =>
    within(from, to).reduce((sum, one) => sum + BigInt(one.costTicks ?? 0), 0n)
  expect(sums).toEqual([
    day('2026-10-29T23:00Z', '2026-10-30T23:00Z'),
    day('2026-10-30T23:00Z', '2026-10-31T23:00Z'),
    day('2026-10-31T23:00Z', '2026-11-01T23:00Z'),
    day('2026-11-01T23:00Z', '2026-11-02T23:00Z'),
  ])
})

test.each([
  ['from=2026-10-25T10:00:00Z&to=2026-10-24T10:00:00Z', 'before the end'],
  ['from=2020-01-01T00:00:00Z', '1100 days'],
  ['from=soon', '2026-11-24T08:00:00Z'],
])('a time that cannot be used is refused in words: %s', async (query, says) => {
  const refused = await page(`?${query}`)
  const answer =
    refused.status === 303 ? await page(refused.headers.get('location')!.slice(10)) : refused
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain(says)
})

const RANGE = 'from=2026-10-24T00:00:00.000Z&to=2026-11-03T00:00:00.000Z&by=model'

test('errors are counted over time, with xAI’s words, whatever these are', async () => {
  for (const requester of ['', '&requester=ada']) {
    const html = await (await page(`/errors?${RANGE}${requester}`)).text()
    const failed = entries.filter(
      (one) => one.status === 429 && (requester === '' || one.label === 'ada'),
    )
    const chart = valuesOf(html, 'errors').flat()
    expect(chart.reduce((sum, value) => sum + Number(value), 0)).toBe(failed.length)
    const counts = [...html.matchAll(/data-count="(\d+)"/g)].map(([, value]) => Number(value))
    expect(counts.reduce((sum, value) => sum + value, 0)).toBe(failed.length)
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img')
    const newest = failed
      .map(({ id }) => id)
      .toSorted()
      .at(-1)
    expect(html).toContain(`/logs/${newest}`)
  }
  const none = await (await page(`/errors?${RANGE}&model=grok-none`)).text()
  expect(none).toContain('No requests in this time range')
  const failedMs = entries.filter(({ status }) => status === 429).map(({ atMs }) => atMs)
  const fine = entries.find(({ atMs }) =>
    failedMs.every((other) => Math.abs(other - atMs) > HOUR / 6),
  )!
  const iso = (ms: number): string => new Date(ms).toISOString()
  const well = await (
    await page(`/errors?from=${iso(fine.atMs)}&to=${iso(fine.atMs + 1)}&by=model`)
  ).text()
  expect(well).toContain('No errors in this time range')
})

test('latencies are shown over time, and Metrion’s own share of them', async () => {
  const html = await (await page(`/latency?${RANGE}`)).text()
  const rows = valuesOf(html, 'first-byte')
  expect(rows).toHaveLength(11)
  for (const [p50, p95, p99] of rows.filter(([value]) => value !== '')) {
    expect(Number(p50)).toBeGreaterThan(90)
    expect(Number(p95)).toBeGreaterThanOrEqual(Number(p50))
    expect(Number(p99)).toBeGreaterThanOrEqual(Number(p95))
    expect(Number(p99)).toBeLessThan(420)
  }
  expect(
    valuesOf(html, 'own')
      .flat()
      .filter((value) => value !== ''),
  ).toSatisfy((values: string[]) => values.length > 9 && values.every((value) => value === '3'))
  const empty = await (await page('/latency?range=1h')).text()
  expect(empty).toContain('No requests in this time range')
  expect(empty).not.toContain('<canvas')
})

test('requesters say when they were last seen, models what they cost and how fast they are', async () => {
  const html = await (await page(`?${RANGE}`)).text()
  const last = Math.max(...entries.filter(({ label }) => label === 'ada').map(({ atMs }) => atMs))
  const local = new Date(last + 2 * HOUR).toISOString().slice(0, 13).replace('T', ' ')
  const winter = new Date(last + HOUR).toISOString().slice(0, 13).replace('T', ' ')
  const text = html.replaceAll(/<[^>]+>/g, ' ')
  expect(text.includes(local) || text.includes(winter)).toBe(true)
  const of = entries.filter(({ model, outcome }) => model === 'grok-4.3' && outcome === 'complete')
  const speed =
    (of.reduce((sum, one) => sum + one.outputTokens!, 0) /
      of.reduce((sum, one) => sum + one.totalMs, 0)) *
    1_000
  expect(html).toContain(`<td class="number">${Math.round(speed * 10) / 10}</td>`)
  // 300 requests of which each saved 1,000 ticks.
  expect(text).toContain(usd(300_000))
})
