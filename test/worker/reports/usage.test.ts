import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { foldAll } from '../turns.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { toQuery } from '../../../src/reports/requests/filter.ts'
import { binStarts } from '../../../src/reports/usage/bins.ts'
import { usageQuery } from '../../../src/reports/usage/input.ts'
import { planSpans } from '../../../src/reports/usage/plan.ts'
import { BOTH, readUsage } from '../../../src/reports/usage/store.ts'
import { seeded } from '../../seeded.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { api, makeAccount, memberOf } from '../world.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-10-23T00:00:00Z')
const account = await makeAccount()
const other = await makeAccount()
const { accountId } = await memberOf(account)
const random = seeded(7)
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!

function randomEntry(): LedgerEntry {
  const atMs = START + Math.floor(random() * 96 * HOUR)
  const failed = random() < 0.2
  const costBasis = failed
    ? 'none'
    : pick(['reported', 'computed', 'estimated', 'unknown'] as const)
  const firstByteMs = failed ? null : Math.floor(50 + 5_000 * random() ** 3)
  return entry({
    accountId,
    atMs,
    id: uuidv7(atMs),
    label: pick([null, 'ada', 'grace', 'bot']),
    tokenId: pick(['t1', 't2']),
    model: failed ? null : pick(['grok-4.3', 'grok-4.6']),
    requestedModel: 'grok-4.3',
    status: failed ? 429 : 200,
    outcome: failed ? 'upstream_refused' : pick(['complete', 'complete', 'client_gone'] as const),
    costTicks: ['none', 'unknown'].includes(costBasis) ? null : Math.floor(random() * 1e9),
    costBasis,
    computedTicks: random() < 0.5 ? null : Math.floor(random() * 1e9),
    savedTicks: random() < 0.5 ? null : Math.floor(random() * 1e6),
    ownMs: Math.floor(random() * 5),
    firstByteMs,
    totalMs: (firstByteMs ?? 20) + Math.floor(random() * 9_000),
  })
}

const entries = Array.from({ length: 600 }, randomEntry)
const write = async (list: readonly LedgerEntry[]): Promise<void> => {
  for (let at = 0; at < list.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(list.slice(at, at + 100)), START)
}

beforeAll(() => write(entries.slice(0, 500)))

type Told = Record<string, number> & { key: string | null }
interface Answer {
  total: Told
  groups: Told[] | null
  series: { start: string; total: Told; groups: Told[] | null }[] | null
}
const usage = async (query: string): Promise<Answer> =>
  (await api(account, 'GET', `/usage?${query}`)).json()

const KEY_OF: Record<string, (one: LedgerEntry) => string | null> = {
  model: (one) => one.model ?? one.requestedModel,
  requester: (one) => one.label,
  token: (one) => one.tokenId,
}

/** What the sums of entries are, added up here. */
function expected(list: readonly LedgerEntry[]): object {
  const sum = (read: (one: LedgerEntry) => number | null): number =>
    list.reduce((total, one) => total + (read(one) ?? 0), 0)
  const isCompared = (one: LedgerEntry): boolean =>
    one.costBasis === 'reported' && one.computedTicks !== null
  const timed = list.filter((one) => one.outcome === 'complete' && one.outputTokens! > 0)
  const of = (basis: string): number => sum((one) => (one.costBasis === basis ? one.costTicks : 0))
  return {
    requests: list.length,
    failed: list.filter((one) => !['complete', 'client_gone'].includes(one.outcome)).length,
    aborted: list.filter((one) => one.outcome === 'client_gone').length,
    inputTokens: sum((one) => one.inputTokens),
    cachedTokens: sum((one) => one.cachedTokens),
    outputTokens: sum((one) => one.outputTokens),
    reasoningTokens: sum((one) => one.reasoningTokens),
    costTicks: sum((one) => one.costTicks),
    reportedTicks: of('reported'),
    computedTicks: of('computed'),
    estimatedTicks: of('estimated'),
    unknownCosts: list.filter((one) => one.costBasis === 'unknown').length,
    savedTicks: sum((one) => one.savedTicks),
    comparedTicks: sum((one) => (isCompared(one) ? one.costTicks : 0)),
    listedTicks: sum((one) => (isCompared(one) ? one.computedTicks : 0)),
    comparedRequests: list.filter(isCompared).length,
    outputTokensPerSecond:
      timed.length === 0
        ? null
        : Math.round(
            (timed.reduce((all, one) => all + one.outputTokens!, 0) /
              timed.reduce((all, one) => all + one.totalMs, 0)) *
              10_000,
          ) / 10,
  }
}

const RANGES = [
  ['2026-10-23T00:00:00Z', '2026-10-27T00:00:00Z'],
  ['2026-10-23T05:00:00Z', '2026-10-25T23:00:00Z'],
  ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
] as const
const FILTERS = [
  '',
  '&model=grok-4.3',
  '&requester=ada',
  '&token=t1&model=grok-4.6',
  '&requester=&requester=bot&token=t2',
]

function matches(filter: string, one: LedgerEntry): boolean {
  const params = new URLSearchParams(filter)
  return [...new Set(params.keys())].every((name) =>
    params.getAll(name).includes(KEY_OF[name]!(one) ?? ''),
  )
}

/** Every grouping, filter, interval and range, against the rows added up here. */
async function expectTruth(written: readonly LedgerEntry[]): Promise<void> {
  for (const [from, to] of RANGES) {
    for (const filter of FILTERS) {
      for (const groupBy of ['', 'model', 'requester', 'token']) {
        for (const zone of ['UTC', 'Europe/Zurich']) {
          const interval = zone === 'UTC' ? '' : '&interval=day'
          const query = `from=${from}&to=${to}&zone=${zone}${interval}${groupBy && `&groupBy=${groupBy}`}${filter}`
          const told = await usage(query)
          const inRange = written.filter(
            (one) =>
              one.atMs >= Date.parse(from) && one.atMs < Date.parse(to) && matches(filter, one),
          )
          expect({ query, ...told.total }).toMatchObject({ query, ...expected(inRange) })
          for (const group of told.groups ?? []) {
            const ofGroup = inRange.filter((one) => KEY_OF[groupBy]!(one) === group.key)
            expect({ query, ...group }).toMatchObject({ query, ...expected(ofGroup) })
          }
          for (const [index, bin] of (told.series ?? []).entries()) {
            const beforeMs = Date.parse(told.series![index + 1]?.start ?? to)
            const ofBin = inRange.filter(
              (one) => one.atMs >= Date.parse(bin.start) && one.atMs < beforeMs,
            )
            expect({ query, ...bin.total }).toMatchObject({ query, ...expected(ofBin) })
          }
        }
      }
    }
  }
}

test(
  'sums are those of the rows: before they are summed up, after, and where rows come late',
  { timeout: 120_000 },
  async () => {
    await expectTruth(entries.slice(0, 500))
    await foldAll(env.LEDGER, START + 60 * HOUR)
    await expectTruth(entries.slice(0, 500))
    const left = await env.LEDGER.prepare(
      'SELECT kind, count(*) AS n FROM unfolded WHERE account_id = ?1 GROUP BY kind',
    )
      .bind(accountId)
      .all()
    expect(left.results).toEqual([
      { kind: 'day', n: 2 },
      { kind: 'hour', n: 37 },
    ])
    await write(entries.slice(500))
    await expectTruth(entries)
    // Twice: so many at once.
    for (let times = 0; times < 2; times++) await foldAll(env.LEDGER, START + 200 * HOUR)
    const none = await env.LEDGER.prepare('SELECT * FROM unfolded WHERE account_id = ?1')
      .bind(accountId)
      .all()
    expect(none.results).toEqual([])
    await expectTruth(entries)
  },
)

test('five minutes are added up from the requests themselves', async () => {
  const [from, to] = ['2026-10-24T07:35:00Z', '2026-10-24T12:20:00Z'].map(Date.parse) as [
    number,
    number,
  ]
  const iso = (ms: number): string => new Date(ms).toISOString()
  for (const filter of FILTERS) {
    // Any moment of the first and the last five minutes stands for them.
    const told = await usage(
      `from=${iso(from + 1)}&to=${iso(to - 1)}&interval=5min&groupBy=requester${filter}`,
    )
    const inRange = entries.filter(
      (one) => one.atMs >= from && one.atMs < to && matches(filter, one),
    )
    expect(told.total).toMatchObject(expected(inRange))
    expect(told.series).toHaveLength((to - from) / 300_000)
    for (const [index, bin] of told.series!.entries()) {
      const startMs = from + index * 300_000
      expect(Date.parse(bin.start)).toBe(startMs)
      const ofBin = inRange.filter((one) => one.atMs >= startMs && one.atMs < startMs + 300_000)
      expect(bin.total).toMatchObject(expected(ofBin))
    }
  }
})

test('Metrion’s own share is told on average', async () => {
  const [from, to] = RANGES[0]
  const told = await (
    await api(account, 'GET', `/latency?from=${from}&to=${to}&requester=ada`)
  ).json<{ overheadMeanMs: number }>()
  const some = entries.filter((one) => one.label === 'ada')
  const mean = some.reduce((sum, one) => sum + one.ownMs, 0) / some.length
  expect(told.overheadMeanMs).toBeCloseTo(mean, 1)
})

test('percentiles are within 10% of the exact ones, and on average within 2%, summed up or not', async () => {
  const [from, to] = RANGES[0]
  interface Latency {
    firstByteMs: Record<string, number>
    totalMs: Record<string, number>
  }
  const errors: number[] = []
  for (const filter of FILTERS) {
    const told = await (
      await api(account, 'GET', `/latency?from=${from}&to=${to}${filter}`)
    ).json<Latency>()
    const some = entries.filter((one) => matches(filter, one))
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      for (const field of ['firstByteMs', 'totalMs'] as const) {
        const times = some.flatMap((one) => one[field] ?? []).toSorted((one, two) => one - two)
        const exact = times[Math.ceil(share * times.length) - 1]!
        const error = Math.abs(told[field][name]! / exact - 1)
        expect(error).toBeLessThan(0.1)
        errors.push(error)
      }
    }
  }
  expect(errors.reduce((sum, one) => sum + one, 0) / errors.length).toBeLessThan(0.02)
})

test('every query goes through an index, whatever is asked', async () => {
  for (const filter of FILTERS) {
    for (const groupBy of ['', 'model', 'requester', 'token', 'model&interval=5min']) {
      const to = groupBy.endsWith('5min') ? '2026-10-23T01:00:00Z' : RANGES[0][1]
      const query = usageQuery.parse(
        toQuery(
          Object.fromEntries(
            ['from', 'to', 'model', 'requester', 'token', 'groupBy', 'interval'].map((name) => [
              name,
              new URLSearchParams(
                `from=${RANGES[0][0]}&to=${to}${groupBy && `&groupBy=${groupBy}`}${filter}`,
              ).getAll(name),
            ]),
          ),
        ),
      )
      const seen: string[] = []
      const noting = {
        prepare: (sql: string) => (seen.push(sql), env.LEDGER.prepare(sql)),
        batch: (statements: D1PreparedStatement[]) => env.LEDGER.batch(statements),
      } as unknown as D1Database
      await readUsage(noting, accountId, query, groupBy === '' ? { latencies: BOTH } : {})
      expect(seen.length).toBeGreaterThan(1)
      for (const sql of seen) {
        const binds = [accountId, '[]', '[]', '[]', '[]'].slice(0, sql.includes('?2') ? 5 : 1)
        const { results } = await env.LEDGER.prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .bind(...binds)
          .all<{ detail: string }>()
        const tables = results
          .map(({ detail }) => detail)
          .filter((detail) => / (s|requests|unfolded) /.test(detail))
        expect(tables.length).toBeGreaterThan(0)
        for (const detail of tables)
          expect(detail).toMatch(/^SEARCH (s|requests|unfolded) USING .*account_id=\?/)
      }
    }
  }
})

test('another account’s sums are its own', async () => {
  const [from, to] = RANGES[0]
  const told = await (
    await api(other, 'GET', `/usage?from=${from}&to=${to}&groupBy=model`)
  ).json<Answer>()
  expect(told).toMatchObject({ total: { requests: 0 }, groups: [] })
})

test('days are those of the zone, over its clock changes and the month’s end', () => {
  const starts = (from: string, to: string, zone: string): string[] =>
    binStarts(Date.parse(from), Date.parse(to), 'day', zone).map((ms) =>
      new Date(ms).toISOString().slice(0, 13),
    )
  expect(starts('2026-10-23T22:00:00Z', '2026-10-27T23:00:00Z', 'Europe/Zurich')).toEqual([
    '2026-10-23T22',
    '2026-10-24T22',
    '2026-10-25T23',
    '2026-10-26T23',
  ])
  expect(starts('2026-03-28T23:00:00Z', '2026-03-31T22:00:00Z', 'Europe/Zurich')).toEqual([
    '2026-03-28T23',
    '2026-03-29T22',
    '2026-03-30T22',
  ])
  expect(starts('2026-01-31T05:00:00Z', '2026-02-02T05:00:00Z', 'America/New_York')).toEqual([
    '2026-01-31T05',
    '2026-02-01T05',
  ])
  // Half an hour off: with the full hour before midnight, 18:30 in UTC.
  expect(starts('2026-11-29T12:00:00Z', '2026-12-01T12:00:00Z', 'Asia/Kolkata')).toEqual([
    '2026-11-29T12',
    '2026-11-29T18',
    '2026-11-30T18',
  ])
})

test('every moment is read from one place, whatever has been summed up', () => {
  for (let times = 0; times < 200; times++) {
    const some = (step: number): Set<number> =>
      new Set(
        Array.from({ length: 30 }, () => Math.floor((random() * 96 * HOUR) / step) * step + START),
      )
    const fromMs = START + Math.floor(random() * 40) * HOUR
    const beforeMs = fromMs + (1 + Math.floor(random() * 60)) * HOUR
    const starts = binStarts(
      fromMs,
      beforeMs,
      'day',
      pick(['UTC', 'Europe/Zurich', 'Asia/Kolkata']),
    )
    const pieces = planSpans(
      starts,
      beforeMs,
      { hours: some(HOUR), days: some(24 * HOUR) },
      random() < 0.8 ? 'hours' : 'days',
    )
    let atMs = fromMs
    for (const piece of pieces) {
      expect(piece.startMs).toBe(atMs)
      atMs = piece.endMs
      expect(starts[piece.bin]!).toBeLessThanOrEqual(piece.startMs)
      expect(starts[piece.bin + 1] ?? beforeMs).toBeGreaterThanOrEqual(atMs)
    }
    expect(atMs).toBe(beforeMs)
  }
})

test.each([
  ['', 'from', '2026-11-24T08:00:00Z'],
  ['from=2026-10-25T00:00:00Z&to=2026-10-24T00:00:00Z', 'from', 'before "to"'],
  ['from=2026-10-25T00:00:00Z&interval=minute', 'interval', 'hour, day'],
  ['from=2026-10-25T11:50:00Z&to=2026-10-25T11:10:00Z', 'from', 'before "to"'],
  ['from=2026-09-01T00:00:00Z&interval=hour', 'interval', 'at most 800'],
  ['from=0001-01-01T00:00:00Z', 'from', '1100 days'],
  ['from=2026-10-25T00:00:00Z&groupBy=prompt', 'groupBy', 'model, requester, token'],
  ['from=2026-10-25T00:00:00Z&zone=Mars/Olympus', 'zone', 'Europe/Zurich'],
  ['from=2026-10-25T00:00:00Z&to=2026-10-26T00:00:00Z&interval=5min', 'interval', '6 hours'],
  // A typing error must not stand for "everybody".
  ['from=2026-10-25T00:00:00Z&requestor=ada', 'requestor', 'no such parameter'],
])('a bad parameter is refused by name: %s', async (query, param, says) => {
  for (const path of query.includes('groupBy') ? ['usage'] : ['usage', 'latency', 'errors']) {
    const refused = await api(account, 'GET', `/${path}?${query}`)
    expect(refused.status).toBe(400)
    const { error } = await refused.json<{ error: { param: string; message: string } }>()
    expect(error.param).toBe(param)
    expect(error.message).toContain(says)
  }
})
