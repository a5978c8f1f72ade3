import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import type { Env } from '../../../src/env.ts'
import { hashSecret } from '../../../src/credentials/seal/hash.ts'
import { CRONS } from '../../../src/ledger/crons.ts'
import { examine as examineAs } from '../../../src/reports/health/doctor-store.ts'
import { clockFinding, cronFindings, type Finding } from '../../../src/reports/health/doctor.ts'
import { runJobs } from '../../../src/jobs/run.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { api, envWith, fetchIn, makeAccount, signUp } from '../world.ts'

beforeEach(async () => {
  await env.LEDGER.prepare('DELETE FROM heartbeats').run()
})

const PASS = 'an-operator-pass'

async function putPass(forMs: number): Promise<void> {
  await env.DB.prepare(
    'INSERT OR REPLACE INTO operator_passes (secret_hash, expires_at_ms) VALUES (?1, ?2)',
  )
    .bind(await hashSecret(PASS), Date.now() + forMs)
    .run()
}

const ask = (on: Env, pass: string | null): Promise<Response> =>
  fetchIn(on, '/healthz/doctor', {
    method: 'POST',
    ...(pass === null ? {} : { headers: { authorization: `Bearer ${pass}` } }),
  })

async function examine(on: Env): Promise<Finding[]> {
  await putPass(60_000)
  const { findings } = await (await ask(on, PASS)).json<{ findings: Finding[] }>()
  return findings
}

const find = (findings: readonly Finding[], words: RegExp): Finding | undefined =>
  findings.find(({ title }) => words.test(title))

test('only a pass that is in the database and not expired lets anybody ask', async () => {
  await putPass(-1)
  for (const pass of [null, '', 'guessed', PASS]) expect((await ask(env, pass)).status).toBe(401)
})

test('a deployment that works has no failure; queues and xAI are really asked', async () => {
  const account = await makeAccount()
  for (const cron of Object.values(CRONS)) await runJobs(cron, env, Date.now())
  const findings = await examine(env)
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([])
  expect(findings.map(({ title }) => title)).toEqual(
    expect.arrayContaining([
      'Queue of rows (LEDGER_QUEUE), consumer',
      'Queue of rows that were not written (DEAD_LETTER_QUEUE), consumer',
      'Queue of alerts (ALERTS_QUEUE), consumer',
      `Cron ${CRONS.often}`,
      'Clock',
    ]),
  )
  expect(find(findings, /^xAI key/)?.text).toBe('xAI accepts it')
  // Neither the key nor a token is in what it says.
  expect(JSON.stringify(findings)).not.toContain(account.token)
  expect(JSON.stringify(findings)).not.toContain('xai-planted')
})

test('a queue that nobody consumes, an xAI that is away, a missing secret: each says what to do', async () => {
  const away = 'http://127.0.0.1:1'
  const silent = { send: async () => {} } as unknown as Queue
  const failing = {
    send: async () => {
      throw new Error('queue is down')
    },
  } as unknown as Queue
  const broken = { XAI_BASE_URL: away, LEDGER_QUEUE: silent, ALERTS_QUEUE: failing }
  const findings = await examineAs(envWith({ ...broken, MASTER_KEYS: '2:AA' }), null, 2_000)
  const consumer = find(findings, /LEDGER_QUEUE\), consumer/)
  expect(consumer).toMatchObject({ state: 'failed' })
  expect(consumer?.text).toContain('has received no message for 2 seconds')
  expect(find(findings, /ALERTS_QUEUE\), consumer/)?.text).toContain('queue is down')
  expect(find(findings, /MASTER_KEYS/)).toMatchObject({ state: 'failed' })
  for (const { state, fix } of findings) if (state === 'failed') expect(fix).toMatch(/\w{4}/)
})

test('what is left out of the deployment is named, and fails nothing', async () => {
  const { SPEND: _, ANALYTICS: __, SIGN_IN_LIMIT: ___, DEAD_LETTER_QUEUE: ____, ...rest } = env
  const findings = await examine(rest)
  expect(find(findings, /DEAD_LETTER/)).toMatchObject({ state: 'absent' })
  expect(find(findings, /SPEND/)).toMatchObject({
    state: 'absent',
    text: 'not bound: Budgets and rate limits are not available.',
  })
  const health = await fetchIn(rest, '/healthz')
  expect(health.status).toBe(200)
})

test('a deployment cannot do without its databases: that is said, and is no bug', async () => {
  const { DB: _, LEDGER: __, ...rest } = env
  const health = await fetchIn(rest as unknown as Env, '/healthz')
  expect(health.status).toBe(503)
  expect(await health.json()).toMatchObject({
    checks: { DB: { ok: false }, LEDGER: { ok: false } },
  })
  expect((await ask(rest as unknown as Env, PASS)).status).toBe(401)
})

test('a member runs it on the Health page, for the account’s own key', async () => {
  const other = await signUp('Somebody Else')
  await api(other, 'PUT', '/provider-keys/grok', { key: 'xai-somebody-else-0000' })
  const { cookie } = await signUp('Ada')
  const page = await fetchIn(env, '/health/doctor', {
    method: 'POST',
    headers: { cookie, accept: 'text/html' },
  })
  const html = await page.text()
  expect(html).toContain('answers; no key is saved yet')
  expect(html).not.toContain('Somebody Else')
  expect((await fetchIn(env, '/health/doctor', { method: 'POST' })).status).not.toBe(200)
})

const NOW = 1_700_000_000_000

test.each<[string, number | null, number, Finding['state']]>([
  ['it ran just now', NOW - 1_000, NOW - DAY_MS, 'ok'],
  ['it was late', NOW - 15 * 60_000, NOW - DAY_MS, 'ok'],
  ['it has stopped', NOW - HOUR_MS, NOW - DAY_MS, 'failed'],
  ['the deployment is new', null, NOW - 60_000, 'waiting'],
  ['it never ran', null, NOW - HOUR_MS, 'failed'],
])('a cron of five minutes: %s', (_, last, sinceMs, state) => {
  const beats = new Map(last === null ? [] : [[CRONS.often, last]])
  expect(cronFindings(beats, sinceMs, NOW)[0]).toMatchObject({ state })
})

test('clocks may differ by a minute', () => {
  expect(clockFinding(NOW, NOW - 59_000, 'xAI').state).toBe('ok')
  const ahead = clockFinding(NOW, NOW - HOUR_MS, 'xAI')
  expect(ahead).toMatchObject({ state: 'failed', text: 'is 60 min ahead of xAI’s' })
  expect(clockFinding(NOW, null, 'xAI').state).toBe('waiting')
})
