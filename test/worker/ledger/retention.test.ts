import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { CRONS } from '../../../src/ledger/crons.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { toDeadLetter } from '../../../src/ledger/dead-letter.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { rebuildSql, verifySql, type Range } from '../../../src/ledger/rebuild.ts'
import { restoreEntriesSql } from '../../../src/ledger/sql.ts'
import { countEntries, keepDead, writeMessages } from '../../../src/ledger/store.ts'
import { eraseArchive } from '../../../src/ledger/retention/archive-store.ts'
import { archivePrefix, dayOf } from '../../../src/ledger/retention/day.ts'
import { DAY_MS } from '../../../src/http/time.ts'
import { api, chat, envWith, fetchWorker, makeAccount, memberOf, rowOf } from '../world.ts'
import { all, entry, freshLedger, messagesOf, START } from './messages.ts'

const FIVE_MINUTES = CRONS.often
/** With two days of retention, the day of START and the next one go. */
const NOW = START + 4 * DAY_MS
const settings = envWith({ RETENTION_DAYS: '2', PLAN: 'paid' })
/** On Free, the jobs share fifty queries, and what other tests left may use them up. */
const paid = envWith({ PLAN: 'paid' })
const withoutArchive = envWith({ RETENTION_DAYS: '2', PLAN: 'paid' })
delete withoutArchive.ARCHIVE
const bucket = settings.ARCHIVE!

beforeEach(async () => {
  await freshLedger()
  for (const account of ['a', 'b']) await eraseArchive(bucket, account)
})

const write = (entries: readonly LedgerEntry[]): Promise<void> =>
  writeMessages(env.LEDGER, messagesOf(entries), START)

const dayAfter = (days: number): LedgerEntry => entry({ atMs: START + days * DAY_MS })

async function archived(accountId: string, day: string): Promise<LedgerEntry[] | null> {
  const { objects } = await bucket.list({ prefix: `${archivePrefix(accountId)}${day}` })
  const texts = await Promise.all(
    objects.map(async ({ key }) => {
      const packed = (await bucket.get(key))!.body
      return new Response(packed.pipeThrough(new DecompressionStream('gzip'))).text()
    }),
  )
  const lines = texts.join('').trimEnd().split('\n').filter(Boolean)
  return lines.length === 0 ? null : lines.map((line) => JSON.parse(line) as LedgerEntry)
}

test('old rows go, sums and counts stay', async () => {
  const entries = [0, 0, 1, 2, 3].map(dayAfter)
  await write([...entries, { ...dayAfter(0), accountId: 'b' }])
  const sums = await all('rollups')
  await runJobs(FIVE_MINUTES, withoutArchive, NOW)
  expect((await all('requests')).map((row) => row['id'])).toEqual(
    entries.slice(3).map((one) => one.id),
  )
  expect(await all('rollups')).toEqual(sums)
  expect(await countEntries(env.LEDGER)).toMatchObject({ accepted: 6, written: 6, waiting: 0 })
  expect(await archived('a', '2026-11-22')).toBeNull()
})

test('more rows than one step takes go in several', async () => {
  for (let batch = 0; batch < 60; batch++) {
    await write(Array.from({ length: 100 }, () => entry({ atMs: START + batch })))
  }
  const steps: number[] = []
  const batch = async (statements: D1PreparedStatement[]): Promise<D1Result[]> => {
    const results = await env.LEDGER.batch(statements)
    const at = statements.findIndex((one) => deletions.has(one))
    if (at !== -1) steps.push(results[at]?.results.length ?? 0)
    return results
  }
  // Other jobs have batches of their own.
  const deletions = new Set<D1PreparedStatement>()
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = env.LEDGER.prepare(sql)
    if (!sql.startsWith('DELETE FROM requests')) return statement
    const bind = (...values: unknown[]): D1PreparedStatement => {
      const bound = statement.bind(...values)
      deletions.add(bound)
      return bound
    }
    return { bind } as unknown as D1PreparedStatement
  }
  const LEDGER = { prepare, batch } as unknown as D1Database
  await runJobs(FIVE_MINUTES, { ...withoutArchive, LEDGER }, NOW)
  expect(await all('requests')).toEqual([])
  expect(steps).toEqual([5_000, 1_000])
})

test('with an archive, a day of an account is in objects of its own, and what comes late gets one more', async () => {
  const first = [
    dayAfter(0),
    entry({ toolCalls: { x_search_calls: 3 }, label: 'ä "x"\n' }),
  ].toSorted((a, b) => a.id.localeCompare(b.id))
  await write([...first, dayAfter(1), { ...dayAfter(0), accountId: 'b' }])
  await runJobs(FIVE_MINUTES, settings, NOW)
  expect(await all('requests')).toEqual([])
  const kept = await archived('a', '2026-11-22')
  expect(kept?.map((one) => one.id)).toEqual(first.map((one) => one.id))
  expect(await archived('a', '2026-11-23')).toHaveLength(1)
  expect(await archived('b', '2026-11-22')).toHaveLength(1)

  const late = dayAfter(0)
  await write([late])
  await runJobs(FIVE_MINUTES, settings, NOW)
  const expected = [...first, late].map((one) => one.id).toSorted()
  expect((await archived('a', '2026-11-22'))?.map((one) => one.id).toSorted()).toEqual(expected)

  // Whatever came back out is what went in.
  const json = JSON.stringify(kept)
  await env.LEDGER.prepare(restoreEntriesSql('?1')).bind(json).run()
  const back = await all('requests')
  await freshLedger()
  await write(first)
  expect(back).toEqual(await all('requests'))
})

test('an archive that fails keeps the rows', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await write([dayAfter(0)])
  const broken = {
    put: async () => {
      throw new Error('R2 is away')
    },
  }
  const failing = envWith({ ...settings, ARCHIVE: broken as unknown as R2Bucket })
  await expect(runJobs(FIVE_MINUTES, failing, NOW)).rejects.toThrow('pruneLedger')
  expect(await all('requests')).toHaveLength(1)
  await runJobs(FIVE_MINUTES, settings, NOW)
  expect(await all('requests')).toEqual([])
  expect(await archived('a', '2026-11-22')).toHaveLength(1)
  vi.restoreAllMocks()
})

test('a day that was brought back stays until its time is over', async () => {
  await write([dayAfter(0), dayAfter(1)])
  await env.LEDGER.prepare(`INSERT INTO restored_days VALUES ('a', '2026-11-22', ?1)`)
    .bind(NOW + 1)
    .run()
  await runJobs(FIVE_MINUTES, settings, NOW)
  expect(await all('requests')).toHaveLength(1)
  await runJobs(FIVE_MINUTES, settings, NOW + 1)
  expect(await all('requests')).toEqual([])
})

const RANGE: Range = {
  fromMs: Date.parse('2026-11-22T00:00:00Z'),
  beforeMs: Date.parse('2026-11-26T00:00:00Z'),
  accountId: null,
  evenPruned: false,
}

const differences = async (range = RANGE): Promise<unknown[]> =>
  (await env.LEDGER.prepare(verifySql(range)).all()).results

const rebuild = (range = RANGE): Promise<unknown> =>
  env.LEDGER.batch(rebuildSql(range).map((sql) => env.LEDGER.prepare(sql)))

test('sums are held against their rows, and made anew from them', async () => {
  const entries = Array.from({ length: 90 }, (_, index) =>
    entry({
      accountId: index % 4 ? 'a' : 'b',
      atMs: START + index * 1_800_000,
      label: index % 3 ? 'ada' : null,
      model: index % 5 ? 'grok-4.3' : null,
      costTicks: index % 7 ? index : null,
      costBasis:
        index % 7 ? (['reported', 'computed', 'estimated'] as const)[index % 3]! : 'unknown',
      outcome: index % 11 ? 'complete' : 'lost',
      firstByteMs: index % 2 ? index * 9 : null,
      totalMs: index * 31,
    }),
  )
  await write(entries)
  const sums = await all('rollups')
  expect(await differences()).toEqual([])

  await env.LEDGER.batch(
    [
      `UPDATE rollups SET reported_ticks = reported_ticks + 1 WHERE hour_ms = ${START} AND account_id = 'a'`,
      `DELETE FROM rollups WHERE hour_ms = ${START + 3 * 3_600_000}`,
      `INSERT INTO rollups SELECT account_id, hour_ms, 'nobody', model, label, requests, failed, aborted, input_tokens, cached_tokens, output_tokens, reasoning_tokens, reported_ticks, computed_ticks, estimated_ticks, unknown_costs, first_byte_histogram, total_histogram, own_ms, timed_tokens, timed_ms, compared_ticks, listed_ticks, saved_ticks, timed_requests, compared_requests, counted_ticks, uncounted, refused, pass_through_ticks, lost, deferred FROM rollups LIMIT 1`,
    ].map((sql) => env.LEDGER.prepare(sql)),
  )
  const found = await differences()
  expect(found.length).toBeGreaterThanOrEqual(4)
  expect(found).toContainEqual(expect.objectContaining({ side: 'in sums' }))
  expect(found).toContainEqual(expect.objectContaining({ side: 'in rows' }))
  await rebuild()
  expect(await differences()).toEqual([])
  expect(await all('rollups')).toEqual(sums)
})

test('rebuilding leaves the sums of pruned rows alone', async () => {
  await write([0, 1, 2, 3].map(dayAfter))
  const sums = await all('rollups')
  await runJobs(FIVE_MINUTES, withoutArchive, NOW)
  expect(await all('requests')).toHaveLength(2)
  expect(await differences()).toEqual([])
  await rebuild()
  expect(await all('rollups')).toEqual(sums)
})

test('deleting an account: by its name, by an owner, with everything of it and nothing of others', async () => {
  const [account, other] = [await makeAccount(), await makeAccount()]
  const { accountId } = await memberOf(account)
  const { accountId: otherId } = await memberOf(other)
  for (const one of [account, other]) await rowOf(one, await chat(one))
  await write([entry({ accountId })])
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId })], 'open'), START)
  const [buried] = messagesOf([entry({ accountId })])
  await keepDead(env.LEDGER, [toDeadLetter('x', buried, 'a test')], START)
  await env.LEDGER.batch([
    env.LEDGER.prepare(`INSERT INTO pruned (account_id, before_ms) VALUES (?1, 1)`).bind(accountId),
    env.LEDGER.prepare(`INSERT INTO restored_days VALUES (?1, '2026-01-01', 1)`).bind(accountId),
  ])
  await bucket.put(`${archivePrefix(accountId)}2026-01-01`, 'x')
  await bucket.put(`${archivePrefix(otherId)}2026-01-01`, 'x')
  const remove = (name: string): Promise<Response> =>
    fetchWorker('/settings/delete', {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: account.cookie, accept: 'text/html' },
      body: new URLSearchParams({ name }),
    })

  const refused = await remove('ada')
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain(
    'Cannot delete the account: “ada” is not its name. Type Ada to confirm.',
  )
  expect((await chat(account)).status).toBe(200)

  const deleted = await remove('Ada')
  expect(deleted.headers.get('location')).toBe('/sign-in?gone=1')
  expect(deleted.headers.get('set-cookie')).toContain('__Host-metrion_session=;')
  expect((await chat(account)).status).toBe(401)
  expect((await api(account, 'GET', '/tokens')).status).toBe(401)
  expect((await chat(other)).status).toBe(200)

  // A straggler out of the queue goes, too.
  await write([entry({ accountId })])
  await runJobs(FIVE_MINUTES, paid, Date.now() + 300_000)
  for (const table of ['requests', 'rollups']) {
    const owners = new Set((await all(table)).map((row) => row['account_id']))
    expect(owners.has(accountId)).toBe(false)
    expect(owners.has(otherId)).toBe(true)
  }
  for (const table of ['open_requests', 'dead_letters', 'pruned', 'restored_days']) {
    expect({ table, rows: await all(table) }).toEqual({ table, rows: [] })
  }
  for (const table of ['members', 'tokens', 'provider_keys', 'audit', 'invitations']) {
    const left = env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE account_id = ?1`)
    expect(await left.bind(accountId).first('n')).toBe(0)
  }
  expect((await bucket.list({ prefix: 'requests/' })).objects.map((object) => object.key)).toEqual([
    `${archivePrefix(otherId)}2026-01-01`,
  ])
  expect(await all('erasures')).toHaveLength(1)
  await runJobs(FIVE_MINUTES, paid, Date.now() + 10 * DAY_MS)
  expect(await all('erasures')).toEqual([])
})

test('an erasure of an account that lives on touches nothing', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await write([entry({ accountId })])
  await env.LEDGER.prepare('INSERT INTO erasures (account_id, requested_at_ms) VALUES (?1, 0)')
    .bind(accountId)
    .run()
  await runJobs(FIVE_MINUTES, env, START)
  expect((await all('requests')).filter((row) => row['account_id'] === accountId)).toHaveLength(1)
  expect(await all('erasures')).toEqual([])
})

test('a row that arrives while its day is archived is in the archive or in the ledger', async () => {
  const [one, late] = [dayAfter(0), entry({ atMs: START + 60_000 })]
  await write([one])
  const slow = {
    put: async (...args: Parameters<R2Bucket['put']>) => {
      await write([late])
      return bucket.put(...args)
    },
  }
  await runJobs(FIVE_MINUTES, envWith({ ...settings, ARCHIVE: slow as unknown as R2Bucket }), NOW)
  const inArchive = new Set((await archived('a', '2026-11-22'))?.map(({ id }) => id))
  const inLedger = new Set((await all('requests')).map((row) => row['id']))
  for (const { id } of [one, late]) expect(inArchive.has(id) || inLedger.has(id)).toBe(true)
  await runJobs(FIVE_MINUTES, settings, NOW)
  const kept = (await archived('a', '2026-11-22'))?.map(({ id }) => id)
  expect(new Set(kept)).toEqual(new Set([one.id, late.id]))
  expect(await all('requests')).toEqual([])
})

test('two runs at once archive every row', async () => {
  const entries = Array.from({ length: 40 }, (_, n) => entry({ atMs: START + n }))
  await write(entries)
  let first: Promise<void> | null = null
  // The second reads while the first deletes, and is the last to write.
  const overtaken = {
    put: async (...args: Parameters<R2Bucket['put']>) => {
      first ??= runJobs(FIVE_MINUTES, settings, NOW)
      await first
      return bucket.put(...args)
    },
  }
  await runJobs(
    FIVE_MINUTES,
    envWith({ ...settings, ARCHIVE: overtaken as unknown as R2Bucket }),
    NOW,
  )
  const kept = new Set((await archived('a', '2026-11-22'))?.map(({ id }) => id))
  expect(kept).toEqual(new Set(entries.map(({ id }) => id)))
  expect(await all('requests')).toEqual([])
  expect(await env.LEDGER.prepare('SELECT sum(requests) AS n FROM let_go').first('n')).toBe(40)
})

test('a large day is archived in parts, and goes on where the run before has ended', async () => {
  for (let batch = 0; batch < 55; batch++)
    await write(Array.from({ length: 100 }, () => entry({ atMs: START + batch })))
  let puts = 0
  const limited = {
    put: async (...args: Parameters<R2Bucket['put']>) => {
      puts++
      return bucket.put(...args)
    },
  }
  await runJobs(
    FIVE_MINUTES,
    envWith({ ...settings, ARCHIVE: limited as unknown as R2Bucket }),
    NOW,
  )
  expect(await archived('a', '2026-11-22')).toHaveLength(5_500)
  expect(await all('requests')).toEqual([])
  const parts = await all('archived')
  expect(parts).toHaveLength(puts)
  expect(parts.reduce((sum, part) => sum + Number(part['rows']), 0)).toBe(5_500)
})

const sizeOf = async (): Promise<number> =>
  (await env.LEDGER.prepare('SELECT 1').all()).meta.size_after

test('a database that is nearly full lets its oldest rows go early, says so, and takes new ones', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const days = Array.from({ length: 20 }, (_, day) => START - day * DAY_MS)
  for (const atMs of days)
    await write(
      Array.from({ length: 100 }, (_, n) => entry({ accountId, atMs: atMs + n, label: null })),
    )
  const size = await sizeOf()
  const small = envWith({ LEDGER_LIMIT_BYTES: String(Math.floor(size / 0.85)), PLAN: 'paid' })
  const before = await all('rollups')
  await runJobs(FIVE_MINUTES, small, START + 60_000)
  expect(await sizeOf()).toBeLessThan(0.8 * (size / 0.85))
  const left = await all('requests')
  expect(left.length).toBeGreaterThan(500)
  expect(left.length).toBeLessThan(2_000)
  // The oldest went, into the archive, and their sums stay.
  const oldest = Math.min(...left.map((row) => Number(row['at_ms'])))
  expect(oldest).toBeGreaterThan(days.at(-1)!)
  expect(await archived(accountId, dayOf(days.at(-1)!))).toHaveLength(100)
  expect(await all('rollups')).toEqual(before)
  await write([entry({ accountId, atMs: START + 60_000 })])
  expect(await all('requests')).toHaveLength(left.length + 1)

  const headers = { cookie: account.cookie }
  const audit = await (await fetchWorker('/settings/audit', { headers })).text()
  expect(audit).toContain('deleted rows early')
  const health = await (
    await api(account, 'GET', '/ledger/health')
  ).json<{
    conditions: { text: string }[]
  }>()
  expect(health.conditions.map(({ text }) => text).join()).toMatch(
    /Rows from before .* were deleted early/,
  )
})

test('a database that is full of what cannot go takes new rows all the same', async () => {
  await write([entry({ atMs: Date.now() - 60_000 })])
  const tiny = envWith({ LEDGER_LIMIT_BYTES: '1000' })
  await runJobs(FIVE_MINUTES, tiny, Date.now())
  await write([entry({ atMs: Date.now() })])
  expect(await all('requests')).toHaveLength(2)
})

test('a row that changes while its day is archived goes as it is then', async () => {
  const lost = entry({ atMs: START, outcome: 'lost', costBasis: 'unknown', costTicks: null })
  await write([lost, entry({ atMs: START + 1 })])
  const later = NOW + 20 * DAY_MS
  let puts = 0
  const slow = {
    put: async (...args: Parameters<R2Bucket['put']>) => {
      if (puts++ === 0)
        await write([{ ...lost, outcome: 'complete', costBasis: 'reported', costTicks: 5_000 }])
      return bucket.put(...args)
    },
  }
  const racing = envWith({ ...settings, ARCHIVE: slow as unknown as R2Bucket })
  await runJobs(FIVE_MINUTES, racing, later)
  expect(await all('requests')).toHaveLength(2)
  await runJobs(FIVE_MINUTES, racing, later)
  expect(await all('requests')).toEqual([])
  const kept = await archived('a', '2026-11-22')
  expect(kept?.filter(({ id }) => id === lost.id).at(-1)).toMatchObject({ costTicks: 5_000 })
})

test('where the archive fails, what was let go early is said, and in the end rows go without it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const days = Array.from({ length: 20 }, (_, day) => START - day * DAY_MS)
  for (const atMs of days)
    await write(Array.from({ length: 100 }, (_, n) => entry({ atMs: atMs + n, label: null })))
  const size = await sizeOf()
  let puts = 0
  const failing = {
    put: async (...args: Parameters<R2Bucket['put']>) => {
      if (puts++ > 0) throw new Error('R2 is away')
      return bucket.put(...args)
    },
  }
  const nearly = (share: number): ReturnType<typeof envWith> =>
    envWith({
      LEDGER_LIMIT_BYTES: String(Math.floor(size / share)),
      PLAN: 'paid',
      ARCHIVE: failing as unknown as R2Bucket,
    })
  await expect(runJobs(FIVE_MINUTES, nearly(0.85), START + 60_000)).rejects.toThrow('pruneLedger')
  expect(await all('requests')).toHaveLength(1_900)
  expect(await all('pruned')).toMatchObject([{ early_at_ms: START + 60_000 }])
  // As far as there is hardly any room.
  await expect(runJobs(FIVE_MINUTES, nearly(1.05), START + 60_000)).rejects.toThrow('pruneLedger')
  expect((await all('requests')).length).toBeLessThan(1_900)
  vi.restoreAllMocks()
})
