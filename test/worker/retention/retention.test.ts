import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { CRONS } from '../../../src/crons.ts'
import { runJobs } from '../../../src/job.ts'
import { toDeadLetter } from '../../../src/ledger/dead-letter.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { rebuildSql, verifySql, type Range } from '../../../src/ledger/rebuild.ts'
import { restoreEntriesSql } from '../../../src/ledger/sql.ts'
import { countEntries, keepDead, writeMessages } from '../../../src/ledger/store.ts'
import { eraseArchive } from '../../../src/retention/archive/store.ts'
import { archiveKey } from '../../../src/retention/day.ts'
import { DAY_MS } from '../../../src/time.ts'
import { api, chat, envWith, fetchWorker, makeAccount, memberOf, rowOf } from '../world.ts'
import { all, entry, freshLedger, messagesOf, START } from '../ledger/messages.ts'

const NIGHTLY = CRONS.nightly
const FIVE_MINUTES = CRONS.often
/** With two days of retention, the day of START and the next one go. */
const NOW = START + 4 * DAY_MS
const settings = envWith({ RETENTION_DAYS: '2' })
const withoutArchive = envWith({ RETENTION_DAYS: '2' })
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
  const object = await bucket.get(archiveKey(accountId, day))
  if (object === null) return null
  const text = await new Response(object.body.pipeThrough(new DecompressionStream('gzip'))).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LedgerEntry)
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
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = env.LEDGER.prepare(sql)
    if (!sql.startsWith('DELETE FROM requests')) return statement
    const counted = (values: unknown[]): object => ({
      all: async () => {
        const result = await statement.bind(...values).all()
        steps.push(result.results.length)
        return result
      },
    })
    return { bind: (...values: unknown[]) => counted(values) } as unknown as D1PreparedStatement
  }
  const LEDGER = { prepare, batch: env.LEDGER.batch.bind(env.LEDGER) } as unknown as D1Database
  await runJobs(FIVE_MINUTES, { ...withoutArchive, LEDGER }, NOW)
  expect(await all('requests')).toEqual([])
  expect(steps).toEqual([5_000, 1_000])
})

test('with an archive, a day of an account is one object, and what comes late joins it', async () => {
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
  expect((await archived('a', '2026-11-22'))?.map((one) => one.id)).toEqual(expected)

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
    get: async () => null,
    createMultipartUpload: async () => ({
      uploadPart: async () => {
        throw new Error('R2 is away')
      },
      abort: async () => {},
    }),
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
      `INSERT INTO rollups SELECT account_id, hour_ms, 'nobody', model, label, requests, failed, aborted, input_tokens, cached_tokens, output_tokens, reasoning_tokens, reported_ticks, computed_ticks, estimated_ticks, unknown_costs, first_byte_histogram, total_histogram, own_ms, timed_tokens, timed_ms, compared_ticks, listed_ticks, saved_ticks, timed_requests, compared_requests FROM rollups LIMIT 1`,
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
    env.LEDGER.prepare(`INSERT INTO pruned VALUES (?1, 1)`).bind(accountId),
    env.LEDGER.prepare(`INSERT INTO restored_days VALUES (?1, '2026-01-01', 1)`).bind(accountId),
  ])
  await bucket.put(archiveKey(accountId, '2026-01-01'), 'x')
  await bucket.put(archiveKey(otherId, '2026-01-01'), 'x')
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
    'Cannot delete the account: “ada” is not its name; type Ada to delete it.',
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
  await runJobs(FIVE_MINUTES, env, Date.now())
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
    archiveKey(otherId, '2026-01-01'),
  ])
  expect(await all('erasures')).toHaveLength(1)
  await runJobs(NIGHTLY, env, Date.now() + 10 * DAY_MS)
  expect(await all('erasures')).toEqual([])
})

test('an erasure of an account that lives on touches nothing', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await write([entry({ accountId })])
  await env.LEDGER.prepare('INSERT INTO erasures VALUES (?1, 0)').bind(accountId).run()
  await runJobs(NIGHTLY, env, START)
  expect((await all('requests')).filter((row) => row['account_id'] === accountId)).toHaveLength(1)
  expect(await all('erasures')).toEqual([])
})
