import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { madeUpRequests, type MadeUpRow } from '../../bench/made-up.ts'
import { drawTable } from '../../../src/cli/table.ts'
import { compactDays, compactMonths } from '../../../src/ledger/rollups/compaction-store.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { verifyLetGoSql, verifySql } from '../../../src/ledger/rebuild.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { dropTombstones } from '../../../src/ledger/retention/let-go-store.ts'
import { foldAll, untilDone } from '../turns.ts'
import { pruneLedger } from '../../../src/ledger/retention/job.ts'
import { DAY_MS } from '../../../src/http/time.ts'
import { envWith } from '../world.ts'
import { freshLedger, messagesOf, START } from './messages.ts'

// `npm run bench -- capacity` has a million; the tests have as many as show that the sum works out.
const REQUESTS = Number(env.CAPACITY_REQUESTS)
const DAYS = 120
const KEPT_DAYS = 90
const BATCH = 100
const END = START - (START % DAY_MS) + DAY_MS

// A million rows take their time to go.
beforeEach(freshLedger, 600_000)

/** D1 that counts the rows that it has written, as Cloudflare bills them: with those of indexes. */
function countingLedger(): { ledger: D1Database; written: () => number } {
  let rows = 0
  const count = <T extends D1Result>(result: T): T => {
    rows += result.meta.rows_written
    return result
  }
  const inner = new WeakMap<object, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => count(await statement.all()),
      run: async () => count(await statement.run()),
      first: async (column?: string) => {
        const [row] = count(await statement.all()).results
        return column === undefined ? (row ?? null) : (row?.[column] ?? null)
      },
    } as unknown as D1PreparedStatement
    inner.set(wrapped, statement)
    return wrapped
  }
  const ledger = {
    prepare: (sql: string) => wrap(env.LEDGER.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) =>
      (await env.LEDGER.batch(statements.map((one) => inner.get(one) ?? one))).map(count),
  } as unknown as D1Database
  return { ledger, written: () => rows }
}

const toEntry = (row: MadeUpRow, changes: Partial<MadeUpRow>): LedgerEntry =>
  ({
    v: 1,
    ...row,
    ...changes,
    streamed: row.streamed === 1,
    redirected: row.redirected === 1,
  }) as unknown as LedgerEntry

interface Figures {
  name: string
  requests: number
  /** Once as many rows go as come. */
  bytes: number
  written: number
  /** As long as no row is let go. */
  writtenBefore: number
}
const figures: Figures[] = []

const PLAIN = { session: null, tags: null }

test.each<[string, (index: number) => Partial<MadeUpRow>]>([
  ['400 requesters', () => PLAIN],
  ['400 requesters, sessions and tags', () => ({})],
  ['a requester a request', (index) => ({ ...PLAIN, label: `user-${index}` })],
])('what a request takes: %s', { timeout: 7_200_000 }, async (name, changesOf) => {
  const { ledger, written } = countingLedger()
  const settings = envWith({ LEDGER: ledger, RETENTION_DAYS: String(KEPT_DAYS), PLAN: 'paid' })
  delete settings.ARCHIVE
  const shape = { rows: REQUESTS, days: DAYS, endMs: END, seed: 1 }
  let day = END - DAYS * DAY_MS
  let made = 0
  let steady = { requests: 0, written: 0, single: 0 }
  let early = { requests: 0, written: 0, single: 0 }
  let writtenBefore = 0
  let batch: LedgerEntry[] = []

  const flush = async (): Promise<void> => {
    await writeMessages(ledger, messagesOf(batch), day)
    // One request at a time, each tells what its isolate has counted.
    steady.single += batch.length - 1
    made += batch.length
    batch = []
  }
  const endDay = async (): Promise<void> => {
    if (batch.length > 0) await flush()
    day += DAY_MS
    const nowMs = day + 3_600_000
    // As the jobs do it in a day.
    await foldAll(ledger, nowMs)
    await untilDone(() => pruneLedger(settings, nowMs))
    for (const compact of [compactDays, compactMonths])
      await untilDone(() => compact(settings, nowMs))
    await untilDone(() => dropTombstones(settings, nowMs))
    await foldAll(ledger, nowMs)
    if (day === END - (DAYS - 10) * DAY_MS)
      early = { requests: made, written: written(), single: steady.single }
    if (day === END - (DAYS - KEPT_DAYS + 10) * DAY_MS) {
      const single = steady.single - early.single
      writtenBefore = (written() - early.written + single) / (made - early.requests)
    }
    // From here on, every day lets one go.
    if (day === END - (DAYS - KEPT_DAYS - 2) * DAY_MS)
      steady = { requests: made, written: written(), single: 0 }
  }
  let index = 0
  for (const row of madeUpRequests('a', shape)) {
    while (Number(row.atMs) >= day + DAY_MS) await endDay()
    batch.push(toEntry(row, changesOf(index++)))
    if (batch.length === BATCH) await flush()
  }
  await endDay()

  const range = { fromMs: 0, beforeMs: END + DAY_MS, accountId: null, evenPruned: false }
  const first = Math.max(0, END - 2 * DAY_MS)
  const gone = [END - 100 * DAY_MS, END - 110 * DAY_MS].map((ms) =>
    verifyLetGoSql(Date.parse(`${new Date(ms).toISOString().slice(0, 7)}-01`)),
  )
  for (const sql of [verifySql({ ...range, fromMs: first }), ...gone])
    expect((await env.LEDGER.prepare(sql).all()).results).toEqual([])
  const total = await env.LEDGER.prepare('SELECT sum(requests) AS n FROM rollups').first('n')
  expect(total).toBe(REQUESTS)

  const kept = await env.LEDGER.prepare('SELECT count(*) AS n FROM requests').first<number>('n')
  const { size_after: size } = (await env.LEDGER.prepare('SELECT 1').all()).meta
  const requests = made - steady.requests
  const one = {
    name,
    requests: made,
    bytes: size / (kept ?? 1),
    written: (written() - steady.written + steady.single) / requests,
    writtenBefore,
  }
  figures.push(one)
  // A request has one row, up to four indexes of it and its sums; all of it goes again.
  expect(one.written).toBeGreaterThan(8)
  expect(one.written).toBeLessThan(32)
})

const FREE = { bytes: 500_000_000, writtenADay: 100_000 }
const PAID_BYTES = 10_000_000_000
/** From there on, the oldest rows go early. */
const FULL = 0.8

afterAll(() => {
  const whole = (value: number): string => Math.floor(value).toLocaleString('en')
  const roomFor = ({ bytes }: Figures, limit: number): number => (FULL * limit) / bytes / KEPT_DAYS
  console.log(
    `\n${whole(REQUESTS)} requests over ${DAYS} days, rows kept for ${KEPT_DAYS}\n${drawTable(
      [
        { title: 'requesters', cell: (one) => one.name },
        { title: 'bytes a request', right: true, cell: (one) => whole(one.bytes) },
        { title: 'rows written a request', right: true, cell: (one) => one.written.toFixed(1) },
        { title: 'before day 90', right: true, cell: (one) => one.writtenBefore.toFixed(1) },
        {
          title: 'Free, by its 500 MB',
          right: true,
          cell: (one) => `${whole(roomFor(one, FREE.bytes))} a day`,
        },
        {
          title: 'Free, by its 100,000 rows written',
          right: true,
          cell: (one) => `${whole(FREE.writtenADay / one.written)} a day`,
        },
        {
          title: 'Paid, by its 10 GB',
          right: true,
          cell: (one) => `${whole(roomFor(one, PAID_BYTES))} a day`,
        },
      ],
      figures,
    )}`,
  )
})
