import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { script } from '../../xai/client.ts'
import {
  JOB_RUN,
  KV_WRITES_A_TOKEN,
  ROWS_READ_A_REQUEST,
  ROWS_WRITTEN,
} from '../../../src/reports/capacity/measured.ts'
import {
  daysKept,
  requestsThatFit,
  rowsARequest,
  usdAMonth,
  usedADay,
  usesOf,
} from '../../../src/reports/capacity/capacity.ts'
import { TYPICAL, type Traffic } from '../../../src/reports/capacity/traffic.ts'
import { cpuMs, eventsWithin, streamMs } from '../../../src/reports/capacity/cpu.ts'
import { STREAM_CHUNKS } from '../../xai/recordings.ts'
import { events, stream } from '../../xai/reply.ts'
import { chatInit, envWith, fetchIn, makeAccount, type Account } from '../world.ts'

/** What an invocation uses of Cloudflare's services, as Cloudflare counts it. */
interface Used {
  rowsWritten: number
  rowsRead: number
  kvReads: number
  kvWrites: number
  kvLists: number
  queueOperations: number
  points: number
}

function counting(settings: Partial<Env> = {}): { env: Env; used: Used } {
  const used: Used = {
    rowsWritten: 0,
    rowsRead: 0,
    kvReads: 0,
    kvWrites: 0,
    kvLists: 0,
    queueOperations: 0,
    points: 0,
  }
  const count = <T extends D1Result>(result: T): T => {
    used.rowsWritten += result.meta.rows_written
    used.rowsRead += result.meta.rows_read
    return result
  }
  const inner = new WeakMap<object, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => count(await statement.all()),
      run: async () => count(await statement.run()),
      raw: async () => {
        const { results } = count(await statement.all())
        return results.map((row) => Object.values(row))
      },
      first: async (column?: string) => {
        const [row] = count(await statement.all()).results
        return column === undefined ? (row ?? null) : (row?.[column] ?? null)
      },
    } as unknown as D1PreparedStatement
    inner.set(wrapped, statement)
    return wrapped
  }
  const database = (real: D1Database): D1Database =>
    ({
      prepare: (sql: string) => wrap(real.prepare(sql)),
      batch: async (statements: D1PreparedStatement[]) =>
        (await real.batch(statements.map((one) => inner.get(one) ?? one))).map(count),
    }) as unknown as D1Database
  const calls = <T extends object>(real: T, names: Record<string, keyof Used>): T =>
    new Proxy(real, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const counted = names[String(name)]
          if (counted) used[counted]++
          return Reflect.apply(member as (...args: unknown[]) => unknown, target, args)
        }
      },
    })
  const kv = { get: 'kvReads', put: 'kvWrites', delete: 'kvWrites', list: 'kvLists' } as const
  const changed = envWith({
    ...settings,
    DB: database(env.DB),
    LEDGER: database(env.LEDGER),
    TOKENS: calls(env.TOKENS, kv),
    LEDGER_QUEUE: calls(env.LEDGER_QUEUE, {
      send: 'queueOperations',
      sendBatch: 'queueOperations',
    }),
    ANALYTICS: calls(env.ANALYTICS, { writeDataPoint: 'points' }),
  })
  return { env: changed, used }
}

async function ask(
  account: Account,
  headers: Record<string, string>,
  body: object = {},
  settings: Partial<Env> = {},
): Promise<Used> {
  const { env: on, used } = counting(settings)
  const chat = { model: 'grok-4.3', messages: [{ role: 'user', content: 'Hi' }], ...body }
  const init = chatInit(account.token, chat, headers)
  const response = await fetchIn(on, '/api/proxy/grok/v1/chat/completions', init)
  expect(response.status).toBe(200)
  return used
}

const LABEL = { 'x-metrion-user': 'ada' }

test('a request uses what the capacity tells', async () => {
  const account = await makeAccount()
  const first = await ask(account, LABEL)
  expect(first.kvWrites).toBeLessThanOrEqual(KV_WRITES_A_TOKEN)
  const { request, label, session, tags } = ROWS_WRITTEN
  // The first of an hour begins a sum, which is one row less or more.
  await ask(account, {})
  const cases: [Record<string, string>, object, number][] = [
    [{}, {}, request],
    [LABEL, {}, request + label],
    [LABEL, { stream: true }, request + label],
    [{ ...LABEL, 'x-metrion-session': 'one' }, {}, request + label + session],
    [{ ...LABEL, 'x-metrion-tags': 'feature=chat' }, {}, request + label + tags],
  ]
  for (const [headers, body, rowsWritten] of cases) {
    const used = await ask(account, headers, body)
    expect({ headers, ...used }).toMatchObject({
      headers,
      rowsWritten,
      kvReads: 0,
      kvWrites: 0,
      kvLists: 0,
      queueOperations: 0,
      points: 1,
    })
    expect(used.rowsRead).toBeLessThanOrEqual(ROWS_READ_A_REQUEST)
  }
})

test('a request that is noted while it runs writes the rows that the capacity tells', async () => {
  const account = await makeAccount()
  const slow = async (settings: Partial<Env>): Promise<number> => {
    const id = await script(env.XAI_BASE_URL ?? '', stream(events(STREAM_CHUNKS), { gapMs: 30 }))
    const headers = { ...LABEL, 'x-grok-conv-id': id }
    return (await ask(account, headers, { stream: true }, settings)).rowsWritten
  }
  // The first begins the sum of its model and hour.
  await slow({})
  const unmarked = await slow({})
  expect(await slow({ MARK_AFTER_MS: '20' })).toBe(unmarked + ROWS_WRITTEN.long)
})

test('a run of jobs with nothing to do uses no more than the capacity tells', async () => {
  for (const name of Object.keys(CRONS) as (keyof typeof CRONS)[]) {
    // The first works off what other tests have left.
    await runJobs(CRONS[name], envWith({ PLAN: 'paid' }), Date.now())
    const { env: on, used } = counting()
    await runJobs(CRONS[name], on, Date.now())
    const { rowsWritten, rowsRead, kvLists } = JOB_RUN[name]
    expect({ name, written: used.rowsWritten, lists: used.kvLists }).toEqual({
      name,
      written: rowsWritten,
      lists: kvLists,
    })
    expect(used.rowsRead).toBeLessThanOrEqual(rowsRead)
  }
})

const DAY: Traffic = { ...TYPICAL, requests: 5_000 }

test('what a day uses is the sum of its requests, its pages and the jobs', () => {
  const used = usedADay(DAY)
  const runs = 288 + 24 + 1
  expect(used.workerRequests).toBe(5_000 + 100 + runs)
  // 6 with the request, then what sums and deletion write; 288 × 3 + 24 × 2 + 2 by the jobs.
  expect(used.rowsWritten).toBeCloseTo(5_000 * rowsARequest(DAY, true) + 288 * 3 + 24 * 2 + 2)
  expect(rowsARequest(DAY, false)).toBeLessThan(rowsARequest(DAY, true))
  expect(usedADay({ ...DAY, budgetShare: 0.5 }).objectRequests).toBe(5_000)
})

test('settings of a deployment change what it uses', () => {
  expect(usedADay({ ...DAY, sink: 'queue' }).queueOperations).toBe(15_000)
  const full = { ...DAY, ledgerLimitBytes: 100_000_000 }
  expect(daysKept(full, 'free')).toBeLessThan(daysKept(DAY, 'free'))
  expect(daysKept({ ...DAY, requests: 100, retentionDays: 30 }, 'free')).toBe(30)
})

test('CPU of a stream lies between what was measured on either side', () => {
  expect(streamMs('asked', 1_000)).toBe(7.6)
  expect(streamMs('asked', 650)).toBeCloseTo((2.9 + 7.6) / 2)
  expect(streamMs('asked', 6_000)).toBeGreaterThan(9.9)
  expect(streamMs('hidden', 0)).toBeGreaterThan(0)
  expect(cpuMs({ ...DAY, askingShare: 0 }, 'paid').mean).toBeGreaterThan(100)
  // Free limits each request, not the average one.
  const mixed = { ...DAY, eventsAStream: 390, eventsOfLongStreams: 3_000 }
  expect(cpuMs(mixed, 'free').mean).toBeLessThan(10)
  expect(
    usesOf(mixed, 'free').find(({ title }) => title === 'CPU a request')?.share,
  ).toBeGreaterThan(1)
  expect(streamMs('asked', eventsWithin('asked', 10))).toBeLessThanOrEqual(10)
  expect(streamMs('asked', eventsWithin('asked', 10) + 50)).toBeGreaterThan(10)
})

test('uses are sorted by their share, and as many requests fit as reach the limit', () => {
  for (const plan of ['free', 'paid'] as const) {
    const uses = usesOf(DAY, plan)
    expect(uses).toEqual(uses.toSorted((one, other) => other.share - one.share))
    for (const { title } of uses) {
      const fit = requestsThatFit(DAY, plan, title)
      if (fit === Infinity || fit === 0) continue
      const share = (requests: number): number =>
        usesOf({ ...DAY, requests }, plan).find((use) => use.title === title)!.share
      expect(share(fit)).toBeLessThanOrEqual(1)
      expect(share(fit + 2)).toBeGreaterThan(1)
    }
  }
})

test('the Paid plan costs five dollars, and what is beyond its allowances', () => {
  expect(usdAMonth({ ...DAY, requests: 1_000 })).toBe(5)
  // 30 million requests a month: 20 of them at 0.30, 21 of points at 0.25, CPU, rows and storage besides.
  expect(usdAMonth({ ...DAY, requests: 1_000_000 })).toBeGreaterThan(5 + 6 + 5)
})
