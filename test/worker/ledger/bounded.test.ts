import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { compactDays, compactMonths } from '../../../src/ledger/rollups/compaction-store.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { rollUpSums } from '../../../src/ledger/rollups/store.ts'
import { OTHERS } from '../../../src/ledger/rollups/others.ts'
import { rebuildSql, verifyLetGoSql, verifySql, type Range } from '../../../src/ledger/rebuild.ts'
import { countEntries, writeMessages } from '../../../src/ledger/store.ts'
import { dropTombstones } from '../../../src/ledger/retention/let-go-store.ts'
import { foldAll, untilDone } from '../turns.ts'
import { pruneLedger } from '../../../src/ledger/retention/job.ts'
import { widened } from '../../../src/reports/usage/granularity-store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { envWith } from '../world.ts'
import { all, entry, freshLedger, messagesOf, START } from './messages.ts'

beforeEach(freshLedger)

const settings = envWith({ RETENTION_DAYS: '30', PLAN: 'paid' })
delete settings.ARCHIVE

const write = (entries: readonly LedgerEntry[]): Promise<void> =>
  writeMessages(env.LEDGER, messagesOf(entries), START)

/** As `npm run ledger -- verify` does. */
async function differences(fromMs = 0, beforeMs = START + 1_000 * DAY_MS): Promise<unknown[]> {
  const range: Range = { fromMs, beforeMs, accountId: null, evenPruned: false }
  const months = await env.LEDGER.prepare(
    `SELECT DISTINCT strftime('%Y-%m', ms / 1000, 'unixepoch') AS month FROM (
       SELECT hour_ms AS ms FROM rollups UNION SELECT day_ms FROM let_go)`,
  ).all<{ month: string }>()
  const letGo = months.results.map(({ month }) => verifyLetGoSql(Date.parse(`${month}-01`)))
  const found = await env.LEDGER.batch(
    [verifySql(range), ...letGo].map((sql) => env.LEDGER.prepare(sql)),
  )
  return found.flatMap(({ results }) => results)
}

type Totals = Record<string, unknown>

/** What every requester, model and token has used in all. */
const totals = async (table = 'rollups', where = 'TRUE'): Promise<Totals[]> =>
  (
    await env.LEDGER.prepare(
      `SELECT label, model, token_id, sum(requests) AS requests, sum(failed) AS failed,
         sum(input_tokens) AS input, sum(reported_ticks) AS reported, sum(estimated_ticks) AS estimated,
         sum(own_ms) AS own, (SELECT group_concat(key || ':' || n, ' ') FROM (
           SELECT h.key, sum(h.value) AS n FROM ${table} AS t, json_each(t.total_histogram) AS h
           WHERE t.label = s.label AND t.model = s.model AND t.token_id = s.token_id AND ${where}
           GROUP BY h.key ORDER BY h.key)) AS times
       FROM ${table} AS s WHERE ${where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    ).all<Totals>()
  ).results

const limitTo = (requesters: number): Promise<unknown> =>
  env.LEDGER.prepare(`INSERT INTO limits VALUES ('requesters_per_hour', ?1)`).bind(requesters).run()

test('requesters beyond the limit of an hour are summed up as one, whatever the order', async () => {
  await limitTo(3)
  const labels = ['a', 'b', 'c', 'd', 'e', 'a', 'd', null, 'f', 'b']
  const entries = labels.map((label, n) =>
    entry({ label, atMs: START + n, totalMs: 100 * (n + 1) }),
  )
  await write(entries.slice(0, 6))
  await write(entries.slice(6))
  const told = await totals()
  expect(told.map(({ label, requests }) => [label, requests])).toEqual([
    ['', 1],
    [OTHERS, 4],
    ['a', 2],
    ['b', 2],
    ['c', 1],
  ])
  expect(await differences()).toEqual([])
  // The next hour begins anew.
  await write([entry({ label: 'f', atMs: START + HOUR_MS })])
  expect((await totals()).at(-1)).toMatchObject({ label: 'f', requests: 1 })
  for (const sql of rebuildSql({
    fromMs: 0,
    beforeMs: START + DAY_MS,
    accountId: null,
    evenPruned: true,
  }))
    await env.LEDGER.prepare(sql).run()
  expect(await differences()).toEqual([])
  expect((await totals()).map(({ label }) => label)).toEqual(['', OTHERS, 'a', 'b', 'c', 'f'])
})

test('a lost request and a withdrawn guess leave the sums of the others, too', async () => {
  await limitTo(1)
  const lost = entry({ label: 'b', outcome: 'lost', costBasis: 'unknown', costTicks: null })
  await write([entry({ label: 'a' }), lost])
  await write([{ ...lost, outcome: 'complete', costBasis: 'reported', costTicks: 5_000 }])
  expect(await totals()).toMatchObject([
    { label: OTHERS, requests: 1, reported: 5_000 },
    { label: 'a', requests: 1 },
  ])
  expect(await differences()).toEqual([])
})

test('a message counts once, however long ago its row was let go', async () => {
  const atMs = START - 3 * DAY_MS
  const [message] = messagesOf([entry({ atMs })])
  const soon = envWith({ RETENTION_DAYS: '1' })
  delete soon.ARCHIVE
  await writeMessages(env.LEDGER, [message!], START)
  const sums = await totals()
  await untilDone(() => pruneLedger(soon, START))
  expect(await all('requests')).toEqual([])
  for (let times = 0; times < 3; times++) await writeMessages(env.LEDGER, [message!], START)
  expect([await all('requests'), await totals()]).toEqual([[], sums])
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 1, written: 1, waiting: 0 })
  // A mark of it marks nothing any more, and what comes late for the first time counts.
  await writeMessages(env.LEDGER, [{ ...message!, kind: 'open' }], START)
  expect(await all('open_requests')).toEqual([])
  await write([entry({ atMs: atMs + 1 })])
  expect((await totals())[0]).toMatchObject({ requests: 2 })
  await untilDone(() => pruneLedger(soon, START))
  expect(await differences()).toEqual([])
})

/** Requests of many days, each of one of some requesters, models and tokens. */
function yearsOf(days: number, aDay: number): LedgerEntry[] {
  return Array.from({ length: days * aDay }, (_, n) =>
    entry({
      atMs: START - Math.floor(n / aDay) * DAY_MS - (n % aDay) * 7 * HOUR_MS,
      label: [null, 'ada', 'bob', 'zoë'][n % 4]!,
      model: n % 3 === 0 ? 'grok-4.3' : 'grok-4.20',
      tokenId: `t${n % 2}`,
      costTicks: 1_000 + n,
      totalMs: 10 + n,
      redirected: n % 5 === 0,
      ...(n % 7 === 0 ? { outcome: 'upstream_error' as const } : {}),
      ...(n % 9 === 0 ? { costBasis: 'estimated' as const } : {}),
    }),
  )
}

test('old sums are kept by the day, very old ones by the month, and nothing of them changes', async () => {
  const entries = yearsOf(60, 4)
  const old = yearsOf(40, 2).map((one, n) => {
    const atMs = one.atMs - 500 * DAY_MS
    return entry({ ...one, id: entry({ atMs }).id, atMs, costTicks: 90_000 + n })
  })
  for (let at = 0; at < entries.length; at += 80) await write(entries.slice(at, at + 80))
  await write(old)
  await foldAll(env.LEDGER, START, 1_000)
  const [before, redirected] = [await totals(), await redirects()]
  const hours = (await all('rollups')).length
  await untilDone(() => pruneLedger(settings, START))
  expect(await firstOld()).toBe(null)
  expect(await differences()).toEqual([])

  await compactAll()
  expect(await totals()).toEqual(before)
  expect(await redirects()).toEqual(redirected)
  expect(await differences()).toEqual([])
  await foldAll(env.LEDGER, START + 2 * DAY_MS, 1_000)
  expect(await all('unfolded')).toEqual([])
  for (const kind of ['day_cube', 'day_label', 'day_all', 'day'])
    expect([kind, await sumOf('summaries', `kind = '${kind}'`)]).toEqual([
      kind,
      await sumOf('rollups'),
    ])
  expect(await sumOf('summaries', `kind = 'hour_all'`)).toEqual(await sumOf('rollups'))

  const starts = new Set((await all('rollups')).map((row) => Number(row['hour_ms'])))
  const byMonth = [...starts].filter((ms) => ms < START - 400 * DAY_MS)
  expect(byMonth.every((ms) => new Date(ms).getUTCDate() === 1 && ms % DAY_MS === 0)).toBe(true)
  const byDay = [...starts].filter((ms) => ms < START - 31 * DAY_MS)
  expect(byDay.every((ms) => ms % DAY_MS === 0)).toBe(true)
  expect((await all('rollups')).length).toBeLessThan(hours)
  // Once more changes nothing, and what is wrong by a tick is found.
  const rollups = await all('rollups')
  await compactAll()
  expect(await all('rollups')).toEqual(rollups)
  await env.LEDGER.prepare(
    'UPDATE rollups SET reported_ticks = reported_ticks + 1 WHERE hour_ms = (SELECT min(hour_ms) FROM rollups)',
  ).run()
  expect(await differences()).toHaveLength(2)
})

async function compactAll(): Promise<void> {
  for (const compact of [compactDays, compactMonths])
    await untilDone(() => compact(settings, START))
}

const firstOld = (): Promise<unknown> =>
  env.LEDGER.prepare('SELECT 1 FROM requests WHERE at_ms < ?1')
    .bind(START - 31 * DAY_MS)
    .first()

const redirects = async (): Promise<unknown[]> =>
  (
    await env.LEDGER.prepare(
      `SELECT requested_model, model, token_id, label, sum(requests) AS n, sum(cost_ticks) AS ticks
       FROM redirects GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    ).all()
  ).results

const sumOf = (table: string, where = 'TRUE'): Promise<unknown> =>
  env.LEDGER.prepare(
    `SELECT sum(requests) AS requests, sum(reported_ticks) AS reported, sum(input_tokens) AS input
     FROM ${table} WHERE ${where}`,
  ).first()

test('a day is summed up in bounded steps, and from the beginning where it changes meanwhile', async () => {
  const entries = Array.from({ length: 90 }, (_, n) =>
    entry({
      atMs: START - DAY_MS + (n % 3) * HOUR_MS,
      label: `label ${n}`,
      tokenId: `t${n % 2}`,
      totalMs: n,
    }),
  )
  await write(entries)
  const step = async (): Promise<void> => {
    for (const kind of ['hour', 'day'] as const)
      await rollUpSums(env.LEDGER, kind, START + DAY_MS, 20)
  }
  await step()
  const cursors = (await all('unfolded')).map((row) => row['cursor'])
  expect(cursors.filter((cursor) => cursor !== null)).toHaveLength(2)
  // One more in an hour that is half summed up.
  await write([entry({ atMs: START - DAY_MS + 1, label: 'label 0' })])
  expect((await all('unfolded')).filter((row) => row['cursor'] !== null)).toEqual([])
  for (let turns = 0; turns < 20; turns++) await step()
  expect(await all('unfolded')).toEqual([])
  expect(await totals('summaries', `kind = 'day_cube'`)).toEqual(await totals())
  for (const kind of [
    'hour_label',
    'hour',
    'hour_all',
    'day',
    'day_label',
    'day_all',
    'day_turned',
  ])
    expect([kind, await sumOf('summaries', `kind = '${kind}'`)]).toEqual([
      kind,
      await sumOf('rollups'),
    ])
})

test('another limit changes nothing of what was summed up by the one before', async () => {
  await limitTo(1)
  const lost = entry({ label: 'b', outcome: 'lost', costBasis: 'unknown', costTicks: null })
  await write([entry({ label: 'a' }), lost])
  await env.LEDGER.prepare('UPDATE limits SET value = 5').run()
  await write([entry({ label: 'b', costTicks: 777 })])
  expect(await differences()).toEqual([])
  await write([{ ...lost, outcome: 'complete', costBasis: 'reported', costTicks: 5_000 }])
  expect(await totals()).toMatchObject([
    { label: OTHERS, requests: 1, failed: 0, reported: 5_000 },
    { label: 'a', requests: 1 },
    { label: 'b', requests: 1, reported: 777 },
  ])
  expect(await differences()).toEqual([])
})

test('refusals, which cost nothing, take no more than a quarter of the requesters of an hour', async () => {
  await limitTo(8)
  const refused = { outcome: 'refused', status: 400, costBasis: 'none', costTicks: null } as const
  await write(Array.from({ length: 20 }, (_, n) => entry({ ...refused, label: `junk ${n}` })))
  await write(['ada', 'bob'].map((label) => entry({ label })))
  const labels = (await totals()).map(({ label }) => label)
  expect(labels).toEqual([OTHERS, 'ada', 'bob', 'junk 0', 'junk 1'])
  expect(await differences()).toEqual([])
})

test('what was given up stays until its own row can come no more', async () => {
  const atMs = START - 3 * DAY_MS
  const soon = envWith({ RETENTION_DAYS: '1', PLAN: 'paid' })
  delete soon.ARCHIVE
  const lost = entry({ atMs, outcome: 'lost', costBasis: 'unknown', costTicks: null })
  await write([lost, entry({ atMs: atMs + 1 })])
  await untilDone(() => pruneLedger(soon, START))
  expect((await all('requests')).map((row) => row['outcome'])).toEqual(['lost'])
  await write([{ ...lost, outcome: 'complete', costBasis: 'reported', costTicks: 5_000 }])
  await untilDone(() => pruneLedger(soon, START))
  expect(await all('requests')).toEqual([])
  expect(await sumOf('rollups')).toMatchObject({ requests: 2, reported: 6_000 })
  expect(await differences()).toEqual([])
  await write([entry({ atMs, outcome: 'lost', costBasis: 'unknown', costTicks: null })])
  await untilDone(() => pruneLedger(soon, START + 20 * DAY_MS))
  expect(await all('requests')).toEqual([])
})

test('the ids of rows that went early are forgotten, however many they are', async () => {
  const ids = Array.from({ length: 12_000 }, () => entry({ atMs: START - 20 * DAY_MS }).id)
  await env.LEDGER.prepare(`INSERT INTO tombstones SELECT value FROM json_each(?1)`)
    .bind(JSON.stringify(ids))
    .run()
  const count = (): Promise<unknown> =>
    env.LEDGER.prepare('SELECT count(*) AS n FROM tombstones').first('n')
  expect(await dropTombstones(env, START)).toBe(true)
  expect(await count()).toBe(7_000)
  await untilDone(() => dropTombstones(env, START))
  expect(await count()).toBe(0)
})

test('a range that cuts what is kept by the day or the month is widened to it', () => {
  const at = (text: string): number => Date.parse(`${text}Z`)
  const kept = { daysMs: at('2026-08-01T00:00'), monthsMs: at('2025-08-01T00:00') }
  const fit = (from: string, before: string): string[] => {
    const { fromMs, beforeMs } = widened({ fromMs: at(from), beforeMs: at(before) }, kept)
    return [fromMs, beforeMs].map((ms) => new Date(ms).toISOString().slice(0, 16))
  }
  for (const [from, before, expected] of [
    ['2026-08-02T05:00', '2026-08-03T07:00', ['2026-08-02T05:00', '2026-08-03T07:00']],
    ['2026-07-30T05:00', '2026-08-03T07:00', ['2026-07-30T00:00', '2026-08-03T07:00']],
    ['2026-07-01T00:00', '2026-07-03T07:00', ['2026-07-01T00:00', '2026-07-04T00:00']],
    ['2025-02-10T05:00', '2025-03-01T00:00', ['2025-02-01T00:00', '2025-03-01T00:00']],
    ['2024-12-10T05:00', '2024-12-10T06:00', ['2024-12-01T00:00', '2025-01-01T00:00']],
  ] as const)
    expect(fit(from, before)).toEqual(expected)
})

test('what stays because its own row may come holds up no other row', async () => {
  const soon = envWith({ RETENTION_DAYS: '1', PLAN: 'free' })
  delete soon.ARCHIVE
  const atMs = START - 3 * DAY_MS
  const lost = entry({ atMs, outcome: 'lost', costBasis: 'unknown', costTicks: null })
  const others = Array.from({ length: 5 }, (_, n) =>
    entry({ accountId: 'b', atMs: atMs + (n * DAY_MS) / 4 }),
  )
  await write([lost, entry({ atMs: atMs + DAY_MS }), ...others])
  await untilDone(() => pruneLedger(soon, START))
  expect((await all('requests')).map((row) => row['id'])).toEqual([lost.id])
  // Nor where there is no room.
  await write(Array.from({ length: 5 }, (_, n) => entry({ atMs: START - DAY_MS + n })))
  const full = envWith({ LEDGER_LIMIT_BYTES: '1000', PLAN: 'paid' })
  delete full.ARCHIVE
  await untilDone(() => pruneLedger(full, START))
  expect((await all('requests')).map((row) => row['id'])).toEqual([lost.id])
})
