import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { HOUR_MS } from '../../../src/http/time.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { foldAll } from '../turns.ts'
import { readSettings, readSiteSettings } from '../../../src/env.ts'
import { conditionsOf } from '../../../src/reports/health/conditions.ts'
import { oldestUnwrittenMs, type LedgerState } from '../../../src/reports/health/ledger.ts'
import { daysOfRoom, type Room } from '../../../src/reports/health/room-store.ts'
import {
  api,
  chat,
  chatInit,
  envWith,
  fetchIn,
  fetchWorker,
  makeAccount,
  memberOf,
  rowOf,
} from '../world.ts'

const NOW = 1_000_000_000
const MINUTE = 60_000

interface Changes {
  counts?: Partial<LedgerState['counts']>
  queue?: LedgerState['queue']
  bytes?: number
  room?: Partial<Room>
  unchecked?: LedgerState['unchecked']
  failedJobs?: LedgerState['failedJobs']
}

const state = ({ counts, queue = null, bytes = 1, room, ...rest }: Changes): LedgerState => ({
  counts: {
    accepted: 10,
    written: 10,
    waiting: 0,
    dead: 0,
    lost: 0,
    retried: 0,
    open: 0,
    pendingSinceMs: null,
    openSinceMs: null,
    sizeBytes: bytes,
    ...counts,
  },
  queue,
  databases: { DB: { bytes: 1, limitBytes: 100 }, LEDGER: { bytes, limitBytes: 100 } },
  room: { requestsADay: 0, outputTokensARequest: 0, bytesPerRequest: null, early: null, ...room },
  retentionDays: 90,
  unchecked: { passed: 0, refused: 0 },
  failedJobs: [],
  ...rest,
})

test.each<[string, Changes, RegExp[]]>([
  ['all is well', {}, []],
  ['entries were lost', { counts: { lost: 2 } }, [/^2 rows were lost/]],
  ['entries are dead', { counts: { dead: 3 } }, [/^3 rows cannot be written.*replay --remote/]],
  ['something waits, for a moment', { counts: { waiting: 1, pendingSinceMs: NOW - MINUTE } }, []],
  [
    'something waits too long',
    { counts: { waiting: 1, pendingSinceMs: NOW - 16 * MINUTE } },
    [/for 16 minutes/],
  ],
  [
    'the queue is not consumed',
    { counts: { waiting: 1 }, queue: { messages: 1, oldestMs: NOW - 60 * MINUTE } },
    [/for 60 minutes/],
  ],
  ['nothing waits any more', { counts: { pendingSinceMs: NOW - 60 * MINUTE } }, []],
  [
    'budgets could not be checked',
    { unchecked: { passed: 3, refused: 1 } },
    [/^In the last 24 hours the budgets of 4 requests could not be checked: 3 passed and 1 were/],
  ],
  [
    'a job fails',
    { failedJobs: [{ name: 'fetchBills', sinceMs: NOW - 5 * MINUTE, error: 'Error: no key' }] },
    [/^The job fetchBills has been failing for 5 minutes: Error: no key\./],
  ],
  ['79% full', { bytes: 79 }, []],
  ['80% full', { bytes: 80 }, [/^Database LEDGER is 80% full/]],
  [
    'rows went early',
    { room: { early: { atMs: NOW - MINUTE, beforeMs: 0 } } },
    [/^Rows from before 1970-01-01 were deleted early/],
  ],
])('the health page warns of what somebody should look at: %s', (_, changes, expected) => {
  const conditions = conditionsOf(state(changes), NOW)
  expect(conditions).toHaveLength(expected.length)
  for (const [index, words] of expected.entries()) expect(conditions[index]?.text).toMatch(words)
  expect(new Set(conditions.map(({ id }) => id)).size).toBe(conditions.length)
})

test.each<[string, Partial<Room>, number | 'always' | null]>([
  ['nobody knows', { requestsADay: 0, bytesPerRequest: 1 }, null],
  ['too few are known', { requestsADay: 5, bytesPerRequest: null }, null],
  // 90 days of 10 requests of 1,000 bytes are 900,000 bytes.
  ['rows go before it is full', { requestsADay: 10, bytesPerRequest: 1_000 }, 'always'],
  ['it fills up', { requestsADay: 20, bytesPerRequest: 1_000 }, 35],
  ['it is full', { requestsADay: 2_000, bytesPerRequest: 1_000 }, 0],
])('how long the room lasts: %s', (_, room, expected) => {
  const whole = {
    requestsADay: 0,
    outputTokensARequest: 0,
    bytesPerRequest: null,
    early: null,
    ...room,
  }
  expect(daysOfRoom(whole, 300_000, 1_000_000, 90)).toBe(expected)
})

test('the oldest entry is the older of what an isolate holds and what the queue holds', () => {
  const queue = { messages: 1, oldestMs: 5 }
  expect(oldestUnwrittenMs(state({ counts: { waiting: 2, pendingSinceMs: 9 }, queue }))).toBe(5)
  expect(oldestUnwrittenMs(state({ counts: { waiting: 2, pendingSinceMs: 3 }, queue }))).toBe(3)
})

test('strangers are told at /healthz whether each part works, and members the numbers', async () => {
  const account = await makeAccount()
  await rowOf(account, await chat(account))
  const open = await (await fetchWorker('/healthz')).json<{ checks: object }>()
  const { entries } = await (
    await api(account, 'GET', '/ledger/health')
  ).json<{ entries: object }>()
  const parts = [
    'settings',
    'DB',
    'LEDGER',
    'TOKENS',
    'LEDGER_QUEUE',
    'DEAD_LETTER_QUEUE',
    'ALERTS_QUEUE',
    'SPEND',
    'ANALYTICS',
    'SIGN_IN_LIMIT',
    'CRONS',
    'MASTER_KEYS',
    'SETUP_CODE',
  ]
  const checks = Object.fromEntries(parts.map((part) => [part, { ok: true }]))
  expect(open).toEqual({ ok: true, checks })
  expect(entries).toMatchObject({ accepted: 1, written: 1, waiting: 0, dead: 0, lost: 0 })
})

test.each([
  ['PLAN', 'pro', 'use free or paid'],
  ['SIGNUP', 'yes', 'use closed or open'],
  ['LEDGER_SINK', 'kafka', 'use d1 or queue'],
  ['RETENTION_DAYS', '0', 'use a whole number from 1 on'],
  ['MARK_AFTER_MS', 'soon', 'use a whole number from 0 on'],
  ['XAI_BASE_URL', 'x.ai', 'use a URL such as https://api.x.ai'],
])('a wrong setting is named, with what to use: %s=%s', (name, value, says) => {
  const env = envWith({ [name]: value })
  const read = (): unknown => [readSettings(env), readSiteSettings(env)]
  expect(read).toThrow(`Cannot use the setting ${name} "${value}": ${says}`)
})

test('a wrong setting of the pages refuses no proxied request', async () => {
  const account = await makeAccount()
  await rowOf(account, await chat(account))
  const env = envWith({
    PLAN: 'pro',
    RETENTION_DAYS: '90d',
    ACCESS_AUD: 'half',
    SIGNUP: 'yes',
    LEDGER_SINK: 'kafka',
  })
  const init = chatInit(account.token)
  const response = await fetchIn(env, '/api/proxy/grok/v1/chat/completions', init)
  expect(response.status).toBe(200)
  await rowOf(account, response)
  const ill = await fetchIn(env, '/healthz')
  expect(ill.status).toBe(503)
  expect(await ill.text()).not.toMatch(/kafka|90d|pro|half/)
})

test('the health page shows the nearest limit of the plan, from the last day', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const hourAgoMs = Date.now() - 2 * HOUR_MS
  const entries = Array.from({ length: 40 }, () =>
    entry({ accountId, atMs: hourAgoMs, outputTokens: 800 }),
  )
  await writeMessages(env.LEDGER, messagesOf(entries), Date.now())
  await foldAll(env.LEDGER, Date.now())
  const page = await fetchWorker('/health', {
    headers: { cookie: account.cookie, accept: 'text/html' },
  })
  const html = await page.text()
  expect(html).toContain('Cloudflare plan')
  expect(html).toMatch(/Nearest limit: CPU a request/)
  expect(html).toMatch(/\d ms of 10\.0 ms \(\s*\d+%\)/)
  // A smaller limit of the deployment is the nearest one.
  const small = await fetchIn(envWith({ LEDGER_LIMIT_BYTES: '100000' }), '/health', {
    headers: { cookie: account.cookie, accept: 'text/html' },
  })
  expect(await small.text()).toMatch(/Nearest limit: Ledger after 90 days/)
})

test('a schema that is older is a fault, a newer one is none: a rollback must stay healthy', async () => {
  const { SCHEMA_VERSION } = await import('../../../src/schema/version.ts')
  const isHealthy = async (): Promise<boolean> => (await fetchIn(envWith({}), '/healthz')).ok
  await env.LEDGER.prepare(`INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')`).run()
  expect(await isHealthy()).toBe(true)
  const rename = (from: string, to: string): Promise<unknown> =>
    env.LEDGER.prepare('UPDATE d1_migrations SET name = ?2 WHERE name = ?1').bind(from, to).run()
  await rename(SCHEMA_VERSION.LEDGER, 'gone')
  expect(await isHealthy()).toBe(false)
  await rename('gone', SCHEMA_VERSION.LEDGER)
  await env.LEDGER.prepare(`DELETE FROM d1_migrations WHERE name = '9999_later.sql'`).run()
})
