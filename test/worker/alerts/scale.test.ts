import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import {
  checkAlerts,
  checkConditions,
  checkForecasts,
  checkTokens,
} from '../../../src/alerts/evaluate/job.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { counted, LIMITS, type Cost } from '../../../src/jobs/budget.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { JOBS } from '../../../src/jobs/jobs.ts'
import { freshLedger } from '../ledger/messages.ts'
import { foldAll } from '../turns.ts'
import { envWith } from '../world.ts'
import { USD, write } from './world.ts'

const NOW = Date.parse('2026-11-18T10:30:00Z')
const ACCOUNTS = 1_000
const FIVE_MINUTES_MS = 300_000
const RULES = [
  { kind: 'error_rate', threshold: 10, hours: 24, minimum: 20 },
  { kind: 'latency', threshold: 5_000, hours: 6, minimum: 20 },
  { kind: 'volume', threshold: 1_000, hours: 168, minimum: null },
  { kind: 'spike', threshold: 3, hours: null, minimum: USD },
  { kind: 'forecast', threshold: 500 * USD, hours: null, minimum: null },
]

beforeEach(async () => {
  await freshLedger()
  await env.DB.batch(
    ['alert_rules', 'alert_cycles', 'alert_messages'].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  )
})

const accountId = (index: number): string => `scale-${String(index).padStart(4, '0')}`

/** Accounts with five rules each, and a month of requests by some of them. */
async function furnish(): Promise<void> {
  const ids = JSON.stringify(Array.from({ length: ACCOUNTS }, (_, index) => accountId(index)))
  await env.DB.batch([
    env.DB.prepare(
      `INSERT OR IGNORE INTO accounts (id, name, created_at_ms) SELECT value, value, 0 FROM json_each(?1)`,
    ).bind(ids),
    env.DB.prepare(
      `INSERT INTO alert_rules (id, account_id, name, kind, scope, threshold, hours, minimum, created_at_ms, changed_at_ms)
       SELECT a.value || '/' || (r.value ->> 'kind'), a.value, 'rule', r.value ->> 'kind', '{"kind":"account","value":null}',
         r.value ->> 'threshold', r.value ->> 'hours', r.value ->> 'minimum', 0, 0
       FROM json_each(?1) AS a, json_each(?2) AS r`,
    ).bind(ids, JSON.stringify(RULES)),
  ])
  // A hundred accounts that are busy every few hours, for two weeks.
  const rows = Array.from({ length: 100 }, (_, index) =>
    Array.from({ length: 56 }, (__, step) => ({
      accountId: accountId(index * 7),
      atMs: NOW - step * 6 * HOUR_MS,
    })),
  ).flat()
  await write(rows)
  // Three of them are in trouble.
  const failed = { outcome: 'upstream_refused', status: 500, costTicks: 0 } as const
  await write(
    [0, 7, 14].flatMap((index) =>
      Array.from({ length: 30 }, () => ({
        accountId: accountId(index),
        atMs: NOW - HOUR_MS,
        ...failed,
      })),
    ),
  )
  await foldAll(env.LEDGER, NOW)
}

/** A D1 binding that adds up the rows that its statements read. */
function reading(database: D1Database, seen: { rows: number }): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const note = <T>(result: T): T => {
    for (const one of [result].flat())
      seen.rows += (one as { meta?: { rows_read?: number } }).meta?.rows_read ?? 0
    return result
  }
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => note(await statement.all()),
      run: async () => note(await statement.run()),
      first: async () => note(await statement.all()).results[0] ?? null,
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }
  return {
    prepare: (sql: string) => wrap(database.prepare(sql)),
    batch: async (list: D1PreparedStatement[]) =>
      note(await database.batch(list.map((one) => originals.get(one) ?? one))),
  } as unknown as D1Database
}

test(
  'rules of a thousand accounts are evaluated within the limits of one run on Free',
  { timeout: 120_000 },
  async () => {
    await furnish()
    const seen = { rows: 0 }
    const free = envWith({
      PLAN: 'free',
      DB: reading(env.DB, seen),
      LEDGER: reading(env.LEDGER, seen),
    })
    // A cycle before, so that what follows is an ordinary hour of a day.
    await checkAlerts(free, NOW - 4 * HOUR_MS)
    const began = performance.now()
    const most: Cost = { queries: 0, calls: 0 }
    for (let run = 0; run < 12; run++) {
      const used: Cost = { queries: 0, calls: 0 }
      for (const job of [checkAlerts, checkConditions, checkForecasts, checkTokens])
        expect(await job(counted(free, used), NOW + run * FIVE_MINUTES_MS)).toBe(false)
      most.queries = Math.max(most.queries, used.queries)
      most.calls = Math.max(most.calls, used.calls)
    }
    const perRunMs = Math.round((performance.now() - began) / 12)
    console.log('five thousand rules', most, `${seen.rows} rows an hour, ${perRunMs} ms a run`)
    expect(most.queries).toBeLessThanOrEqual(LIMITS.free.queries)
    expect(most.calls).toBeLessThanOrEqual(LIMITS.free.calls)
    // Free reads five million rows a day.
    expect(seen.rows * 24).toBeLessThan(5_000_000)
    const { results } = await env.DB.prepare(
      `SELECT account_id AS id FROM alert_messages WHERE facts ->> '$.kind' = 'error_rate' ORDER BY 1`,
    ).all<{ id: string }>()
    expect(results.map(({ id }) => id)).toEqual([0, 7, 14].map(accountId))
  },
)

test(
  'a turn on Free asks what its job says, whatever is in trouble',
  { timeout: 120_000 },
  async () => {
    await furnish()
    const rows = Array.from({ length: 300 }, (_, index) => ({
      accountId: accountId(index),
      atMs: NOW - HOUR_MS,
      costTicks: 400 * USD,
      firstByteMs: 60_000,
    }))
    await write([...rows, ...rows.map((row) => ({ ...row, atMs: NOW - 9 * DAY_MS }))])
    for (let hours = 0; hours < 3; hours++)
      for (const name of ['checkAlerts', 'checkConditions', 'checkForecasts', 'checkTokens']) {
        const { run, turn } = JOBS[CRONS.often]![name]!
        const used: Cost = { queries: 0, calls: 0 }
        await run(counted(envWith({ PLAN: 'free' }), used), NOW + hours * HOUR_MS)
        expect({ name, used }).toEqual({
          name,
          used: {
            queries: Math.min(used.queries, turn.queries),
            calls: Math.min(used.calls, turn.calls),
          },
        })
      }
  },
)
