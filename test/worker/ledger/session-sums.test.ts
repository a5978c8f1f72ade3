import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import {
  rebuildSessionsSql,
  SESSION_OBJECTS,
  verifySessionsSql,
} from '../../../src/ledger/session-sums.ts'
import { comparable } from '../../../src/ledger/sums-sql.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { all, entry, freshLedger, LOST, messagesOf, START } from './messages.ts'

beforeEach(freshLedger)

const HOUR_MS = 3_600_000
const range = {
  fromMs: START - (START % HOUR_MS) - 24 * HOUR_MS,
  beforeMs: START - (START % HOUR_MS) + 24 * HOUR_MS,
  accountId: null,
  evenPruned: false,
}
const at = (hours: number, changes = {}) => {
  const atMs = START + hours * HOUR_MS
  return entry({ id: uuidv7(atMs), atMs, session: 's', costTicks: 100, ...changes })
}
const sums = async () => all('session_sums')
const differences = async (): Promise<unknown[]> =>
  (await env.LEDGER.prepare(verifySessionsSql(range)).all()).results

test('the triggers are those that are described', async () => {
  const { results } = await env.LEDGER.prepare(
    `SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%session_sums%'`,
  ).all<{ name: string; sql: string }>()
  expect(new Map(results.map(({ name, sql }) => [name, comparable(sql)]))).toEqual(
    new Map(SESSION_OBJECTS.map(({ name, sql }) => [name, comparable(sql)])),
  )
})

test('a session’s sums are those of its rows, in any order and however often they come', async () => {
  const rows = [
    at(2, { costTicks: 7, inputTokens: 5, cachedTokens: 3, outputTokens: 2, savedTicks: 9 }),
    at(0, { costTicks: null, costBasis: 'unknown', outcome: 'upstream_cut', savedTicks: null }),
    at(1, { session: 'other' }),
    at(1, { session: null }),
  ]
  await writeMessages(env.LEDGER, messagesOf(rows), START)
  await writeMessages(env.LEDGER, messagesOf(rows.toReversed()), START)
  const hour = (hours: number): number => {
    const ms = START + hours * HOUR_MS
    return ms - (ms % HOUR_MS)
  }
  const [other, s] = await sums()
  expect(other).toMatchObject({ session: 'other', requests: 1, cost_ticks: 100 })
  expect(s).toMatchObject({
    session: 's',
    last_hour_ms: hour(2),
    requests: 2,
    failed: 1,
    cost_ticks: 7,
    saved_ticks: 9,
    unknown_costs: 1,
  })
  expect(await differences()).toEqual([])
})

test('a lost row that is found, and an estimate that is withdrawn, count as they are now', async () => {
  const [lost] = [at(0)]
  await writeMessages(env.LEDGER, messagesOf([{ ...lost, ...LOST }]), START)
  expect(await sums()).toMatchObject([{ requests: 1, failed: 1, cost_ticks: 0 }])
  await writeMessages(env.LEDGER, messagesOf([lost]), START)
  expect(await sums()).toMatchObject([{ requests: 1, failed: 0, cost_ticks: 100 }])
  await env.LEDGER.prepare(
    `UPDATE requests SET cost_basis = 'deferred', cost_ticks = NULL WHERE id = ?1`,
  )
    .bind(lost.id)
    .run()
  expect(await sums()).toMatchObject([{ requests: 1, cost_ticks: 0 }])
  expect(await differences()).toEqual([])
})

test('rows that go take their part with them, and the last one the session', async () => {
  const rows = [at(0), at(1)]
  await writeMessages(env.LEDGER, messagesOf(rows), START)
  const remove = (id: string) =>
    env.LEDGER.prepare('DELETE FROM requests WHERE id = ?1').bind(id).run()
  await remove(rows[0]!.id)
  expect(await sums()).toMatchObject([{ requests: 1, cost_ticks: 100 }])
  await remove(rows[1]!.id)
  expect(await sums()).toEqual([])
})

test('sums that are wrong, missing or of nothing are found, and made anew', async () => {
  await writeMessages(env.LEDGER, messagesOf([at(0), at(1), at(0, { session: 'gone' })]), START)
  const before = await sums()
  await env.LEDGER.batch(
    [
      `UPDATE session_sums SET cost_ticks = 1 WHERE session = 's'`,
      `DELETE FROM session_sums WHERE session = 'gone'`,
      `INSERT INTO session_sums SELECT account_id, 'nothing', last_hour_ms, 1, 0, 0, 0, 0, 0, 0, 0 FROM session_sums`,
    ].map((sql) => env.LEDGER.prepare(sql)),
  )
  expect((await differences()).map((row) => Object.values(row as object).slice(1))).toEqual([
    ['gone', 1, 'in rows'],
    ['nothing', 1, 'in sums'],
    ['s', 2, 'in rows'],
    ['s', 2, 'in sums'],
  ])
  await env.LEDGER.batch(rebuildSessionsSql(range).map((sql) => env.LEDGER.prepare(sql)))
  expect(await differences()).toEqual([])
  expect(await sums()).toEqual(before)
})
