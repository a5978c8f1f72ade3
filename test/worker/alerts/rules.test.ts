import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import {
  checkAlerts,
  checkConditions,
  checkForecasts,
  checkTokens,
} from '../../../src/alerts/evaluate/job.ts'
import { readPriceState } from '../../../src/settlement/prices-store.ts'
import { NOTHING_LEARNED } from '../../../src/pricing/fetched-prices.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { finding, judge } from '../../../src/alerts/evaluate/judge.ts'
import { readRulesOfAccount, tell } from '../../../src/alerts/evaluate/tell-store.ts'
import { createRecommended } from '../../../src/alerts/rules/recommended-store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { foldAll } from '../turns.ts'
import { api, envWith, makeAccount, memberOf, type Account } from '../world.ts'
import { makeRule, toldTo, USD, write } from './world.ts'

const MINUTE = 60_000
/** A Monday. */
const START = Date.parse('2026-10-05T00:00:00Z')

interface Played {
  account: Account
  accountId: string
}

/** No rule of another test, and a clock that begins anew. */
beforeEach(async () => {
  await env.DB.batch([
    env.DB.prepare('DELETE FROM alert_rules'),
    env.DB.prepare('DELETE FROM alert_cycles'),
  ])
})

/** An account with a rule that is as old as the played time. */
async function withRule(rule: object): Promise<Played> {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await makeRule(account, rule)
  await env.DB.prepare('UPDATE alert_rules SET created_at_ms = ?1').bind(START).run()
  return { account, accountId }
}

type Job = typeof checkAlerts

async function play(job: Job, fromMs: number, toMs: number, stepMs = 5 * MINUTE): Promise<void> {
  for (let ms = fromMs; ms <= toMs; ms += stepMs) while (await job(env, ms));
}

const at = (text: string): number => Date.parse(`2026-10-${text}Z`)
const iso = (ms: number): string => new Date(ms).toISOString().slice(8, 16)
const told = async (accountId: string): Promise<string[]> =>
  (await toldTo(accountId)).map(({ level, atMs }) => `${iso(atMs)} ${level}`)

const some = (
  count: number,
  accountId: string,
  atMs: number,
  changes: Partial<LedgerEntry> = {},
): Partial<LedgerEntry>[] =>
  Array.from({ length: count }, (_, index) => ({ accountId, atMs: atMs + index, ...changes }))

const FAILED = {
  outcome: 'upstream_refused',
  status: 500,
  costTicks: 0,
  costBasis: 'none',
} as const

test(
  'errors of a month: each level is told when it should be, and never twice in a day',
  { timeout: 120_000 },
  async () => {
    const { accountId } = await withRule({ kind: 'error_rate', threshold: 10, minimum: 20 })
    const rows: Partial<LedgerEntry>[] = []
    for (let hour = 0; hour < 30 * 24; hour += 3)
      rows.push(...some(20, accountId, START + hour * HOUR_MS))
    await write(rows)
    // The 7th at 09:00: 2 of 22 fail, which is 9.09%; the 9th: half of all; the same again that night.
    await write(some(2, accountId, at('07T09:10:00'), FAILED))
    await write(some(20, accountId, at('09T12:10:00'), FAILED))
    await write(some(20, accountId, at('09T21:10:00'), FAILED))
    await write(some(20, accountId, at('10T12:10:00'), FAILED))
    // Too few to judge by, and refusals of our own, which are no fault of xAI.
    await write(some(5, accountId, at('15T10:10:00'), FAILED))
    await write(
      some(200, accountId, at('16T12:10:00'), { ...FAILED, outcome: 'refused', status: 402 }),
    )
    await foldAll(env.LEDGER, at('12T00:00:00'))
    await play(checkAlerts, START, at('30T00:00:00'), 30 * MINUTE)
    // Every row is there from the beginning, so an hour is seen as a whole; the next whole one shows that it is over.
    expect(await told(accountId)).toEqual([
      '07T09:00 warning',
      '07T11:00 over',
      '09T12:00 alert',
      '09T14:00 over',
      '10T12:00 alert',
      '10T14:00 over',
    ])
  },
)

test('an incident while no job ran is told when one runs again', async () => {
  const { accountId } = await withRule({ kind: 'error_rate', threshold: 10, minimum: 1 })
  await write(some(10, accountId, at('07T09:10:00'), FAILED))
  await write(some(100, accountId, at('07T11:10:00')))
  await play(checkAlerts, at('07T08:00:00'), at('07T08:30:00'))
  // Three hours without a run.
  await play(checkAlerts, at('07T11:30:00'), at('07T12:10:00'))
  expect(await told(accountId)).toEqual(['07T10:00 alert', '07T12:00 over'])
})

test('what happens between the last run of an hour and its end is not missed', async () => {
  const { accountId } = await withRule({ kind: 'error_count', threshold: 5, hours: 1 })
  await play(checkAlerts, at('07T09:00:00'), at('07T09:55:00'))
  await write(some(5, accountId, at('07T09:57:00'), FAILED))
  await play(checkAlerts, at('07T10:00:00'), at('07T11:05:00'))
  expect(await told(accountId)).toEqual(['07T10:00 alert', '07T11:00 over'])
})

test('rows that come late are judged, and an outage of hours is not over at every full hour', async () => {
  const { accountId } = await withRule({ kind: 'error_count', threshold: 5, hours: 1 })
  await play(checkAlerts, at('07T09:00:00'), at('07T10:00:00'))
  // They began before ten, and were written after.
  await write(some(9, accountId, at('07T09:58:00'), FAILED))
  await play(checkAlerts, at('07T10:05:00'), at('07T10:05:00'))
  expect(await told(accountId)).toEqual(['07T10:00 alert'])
  for (let hour = 10; hour < 14; hour++)
    await write(some(9, accountId, at(`07T${hour}:10:00`), FAILED))
  await play(checkAlerts, at('07T10:10:00'), at('07T16:00:00'))
  expect(await told(accountId)).toEqual(['07T10:00 alert', '07T15:00 over'])
})

test('however many are in trouble, each is told', { timeout: 120_000 }, async () => {
  const played = await Promise.all(
    Array.from({ length: 230 }, () => withRule({ kind: 'error_count', threshold: 1, hours: 1 })),
  )
  await write(played.flatMap(({ accountId }) => some(1, accountId, at('07T09:10:00'), FAILED)))
  await play(checkAlerts, at('07T09:20:00'), at('07T09:35:00'))
  const told230 = await Promise.all(played.map(({ accountId }) => told(accountId)))
  expect(told230.filter((one) => one.length !== 1)).toEqual([])
})

test.each<[string, object, string[]]>([
  ['volume', { kind: 'volume', threshold: 100, hours: 6 }, ['08T11:00 warning', '08T12:00 alert']],
  [
    'of a model',
    { kind: 'volume', threshold: 10, hours: 1, scope: { kind: 'model', value: 'grok-4.5' } },
    ['08T11:00 alert'],
  ],
  [
    'of a model that nobody asks',
    { kind: 'volume', threshold: 1, scope: { kind: 'model', value: 'grok-9' } },
    [],
  ],
  [
    'p95 of the first byte',
    { kind: 'latency', threshold: 2_000, minimum: 20, hours: 1 },
    ['08T11:00 alert'],
  ],
])('%s', async (_, rule, expected) => {
  const { accountId } = await withRule(rule)
  await write([
    ...some(50, accountId, at('08T10:05:00')),
    ...some(30, accountId, at('08T11:05:00')),
    ...some(10, accountId, at('08T11:06:00'), { model: 'grok-4.5', firstByteMs: 3_000 }),
    ...some(30, accountId, at('08T12:05:00')),
  ])
  await foldAll(env.LEDGER, at('08T11:30:00'))
  await play(checkAlerts, at('08T10:00:00'), at('08T12:55:00'), 30 * MINUTE)
  expect((await told(accountId)).filter((one) => !one.endsWith('over'))).toEqual(expected)
})

test('a rule about a token does not see the others', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const scope = { kind: 'token', value: account.tokenId }
  await makeRule(account, { kind: 'volume', threshold: 5, scope })
  await env.DB.prepare('UPDATE alert_rules SET created_at_ms = ?1').bind(START).run()
  await write(some(50, accountId, at('08T10:05:00'), { tokenId: 'another' }))
  await write(some(4, accountId, at('08T10:06:00'), { tokenId: account.tokenId }))
  await play(checkAlerts, at('08T10:30:00'), at('08T10:30:00'))
  expect(await told(accountId)).toEqual([])
  await write(some(1, accountId, at('08T10:32:00'), { tokenId: account.tokenId }))
  await play(checkAlerts, at('08T10:35:00'), at('08T10:35:00'))
  expect(await told(accountId)).toEqual(['08T10:35 alert'])
})

test('an hour that costs more than usual, by the local clock', async () => {
  const { accountId } = await withRule({ kind: 'spike', threshold: 3, minimum: USD })
  const rows: Partial<LedgerEntry>[] = []
  // Every day two dollars at 09:00, and one hour later nothing.
  for (let day = 0; day < 20; day++)
    rows.push(...some(1, accountId, START + day * DAY_MS + 9 * HOUR_MS, { costTicks: 2 * USD }))
  await write(rows)
  await foldAll(env.LEDGER, at('24T00:00:00'))
  await write(some(1, accountId, at('25T09:10:00'), { costTicks: 5 * USD }))
  await write(some(1, accountId, at('26T09:10:00'), { costTicks: 7 * USD }))
  await write(some(1, accountId, at('26T22:10:00'), { costTicks: 0.9 * USD }))
  await write(some(1, accountId, at('28T22:10:00'), { costTicks: 1.1 * USD }))
  await play(checkAlerts, at('25T00:00:00'), at('29T00:30:00'), 30 * MINUTE)
  const messages = await toldTo(accountId)
  expect(await told(accountId)).toEqual([
    '26T09:00 alert',
    '26T11:00 over',
    '28T22:00 alert',
    '29T00:00 over',
  ])
  // The mean of the same hour on 21 days.
  expect(messages[0]?.value).toBeCloseTo(7 / ((20 * 2 + 5) / 21), 5)
})

test('the forecast of a month is told before the month is spent', async () => {
  const { accountId } = await withRule({ kind: 'forecast', threshold: 100 * USD })
  const rows: Partial<LedgerEntry>[] = []
  for (let day = -28; day < 14; day++)
    rows.push(
      ...some(1, accountId, START + day * DAY_MS + 12 * HOUR_MS, {
        costTicks: (day < 7 ? 2 : 6) * USD,
      }),
    )
  await write(rows)
  await foldAll(env.LEDGER, at('10T00:00:00'))
  await play(checkForecasts, at('08T00:00:00'), at('18T23:00:00'), HOUR_MS)
  const messages = await toldTo(accountId)
  expect(messages.map(({ level }) => level)).toEqual(['warning', 'alert'])
  // Eleven days of 2, and then 6 a day: 64 dollars on the 18th, and 13 days that cost 3 on average.
  const spent = Number(
    await env.DB.prepare(
      `SELECT max(facts ->> '$.detail.spent') AS spent FROM alert_messages WHERE account_id = ?1`,
    )
      .bind(accountId)
      .first('spent'),
  )
  expect(spent).toBe(64 * USD)
})

test('a redirected model is told once, and a retired one', async () => {
  const { accountId } = await withRule({ kind: 'model_change' })
  const redirected = { requestedModel: 'grok-3', model: 'grok-4.3', redirected: true }
  await write(some(3, accountId, at('08T10:05:00'), redirected))
  await play(checkAlerts, at('08T10:10:00'), at('08T11:00:00'))
  await write(some(3, accountId, at('09T10:05:00'), redirected))
  await play(checkAlerts, at('09T10:10:00'), at('09T12:00:00'))
  expect((await toldTo(accountId)).map(({ subject }) => subject)).toEqual(['grok-3 > grok-4.3'])
  await write(some(3, accountId, at('09T10:05:00'), { model: 'grok-2' }))
  await foldAll(env.LEDGER, at('11T00:00:00'))
  await env.TOKENS.put(
    'prices',
    JSON.stringify({ ...NOTHING_LEARNED, delisted: { 'grok-2': 1, 'grok-1': 1 } }),
  )
  await play(checkAlerts, at('11T10:00:00'), at('11T12:00:00'), HOUR_MS)
  expect((await toldTo(accountId)).map(({ subject }) => subject)).toEqual([
    'grok-3 > grok-4.3',
    'grok-2 > gone',
  ])
  await env.TOKENS.delete('prices')
})

test('a price that drifts is told once, and when it is over', async () => {
  const { accountId } = await withRule({ kind: 'price_drift' })
  const drifting = [{ model: 'grok-4.3', requests: 9, share: 0.2 }]
  const put = (list: object[]): Promise<void> =>
    env.TOKENS.put('prices', JSON.stringify({ ...NOTHING_LEARNED, drifting: list }))
  await put(drifting)
  expect((await readPriceState(env)).drifting).toEqual(drifting)
  await play(checkConditions, at('08T10:00:00'), at('10T10:00:00'), 6 * HOUR_MS)
  await put([])
  await play(checkConditions, at('10T16:00:00'), at('10T16:00:00'))
  expect(await told(accountId)).toEqual(['08T10:00 warning', '10T16:00 over'])
  await env.TOKENS.delete('prices')
})

test('lost rows are told once, and again when there are more', async () => {
  const { accountId } = await withRule({ kind: 'ledger' })
  const lose = (lost: number): Promise<unknown> =>
    env.LEDGER.prepare(
      `INSERT INTO writers (id, accepted, written, retried, lost, seen_at_ms) VALUES ('w', ?1, 0, 0, ?1, ?2)
       ON CONFLICT (id) DO UPDATE SET accepted = ?1, lost = ?1`,
    )
      .bind(lost, Date.now())
      .run()
  await env.LEDGER.prepare(`INSERT INTO failed_jobs VALUES ('fetchBills', ?1, 'Error: no')`)
    .bind(START)
    .run()
  await lose(3)
  await play(checkConditions, at('08T10:00:00'), at('10T10:00:00'), 6 * HOUR_MS)
  await env.LEDGER.prepare('DELETE FROM failed_jobs').run()
  await lose(4)
  await play(checkConditions, at('11T10:00:00'), at('11T10:00:00'))
  const messages = await toldTo(accountId)
  const own = messages.filter(({ subject }) => ['rows_lost', 'job_failed'].includes(subject))
  expect(own.map(({ level, subject }) => `${level} ${subject}`).toSorted()).toEqual([
    'alert job_failed',
    'alert rows_lost',
    'alert rows_lost',
    'over job_failed',
  ])
  await env.LEDGER.prepare(`DELETE FROM writers WHERE id = 'w'`).run()
})

test('a token that expires within a week, and one that nobody has used', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await makeRule(account, { kind: 'token_expiry' })
  await makeRule(account, { kind: 'token_unused' })
  const nowMs = Date.now()
  const make = async (name: string, expiresAt: string | null): Promise<string> => {
    const made = await api(account, 'POST', '/tokens', {
      name,
      ...(expiresAt ? { expiresAt } : {}),
    })
    return (await made.json<{ id: string }>()).id
  }
  const soon = await make('soon', new Date(nowMs + 6 * DAY_MS).toISOString())
  await make('later', new Date(nowMs + 9 * DAY_MS).toISOString())
  const used = await make('used', null)
  const unused = await make('unused', null)
  await env.DB.prepare('UPDATE tokens SET created_at_ms = ?1 WHERE id IN (?2, ?3)')
    .bind(nowMs - 200 * DAY_MS, used, unused)
    .run()
  await write(some(1, accountId, nowMs - 80 * DAY_MS, { tokenId: used }))
  await write(some(1, accountId, nowMs - 95 * DAY_MS, { tokenId: unused }))
  for (let run = 0; run < 4; run++) while (await checkTokens(env, nowMs + run * HOUR_MS));
  const messages = await toldTo(accountId)
  expect(
    messages.map(({ kind, subject }) => `${kind} ${subject.split('@')[0]}`).toSorted(),
  ).toEqual([`token_expiry ${soon}`, `token_unused ${unused}`])
  // Another end is another thing to tell.
  await api(account, 'PATCH', `/tokens/${soon}`, {
    expiresAt: new Date(nowMs + 5 * DAY_MS).toISOString(),
  })
  while (await checkTokens(env, nowMs + 9 * HOUR_MS));
  expect(await toldTo(accountId)).toHaveLength(3)
})

test('two runs at the same time tell a thing once', async () => {
  const { accountId } = await withRule({ kind: 'error_count', threshold: 5 })
  await write(some(9, accountId, at('07T09:10:00'), FAILED))
  await Promise.all(Array.from({ length: 5 }, () => checkAlerts(env, at('07T09:15:00'))))
  expect(await told(accountId)).toEqual(['07T09:15 alert'])
})

test('a rule that was changed forgets what it has told', async () => {
  const { account, accountId } = await withRule({ kind: 'error_count', threshold: 5 })
  await write(some(9, accountId, at('07T09:10:00'), FAILED))
  await play(checkAlerts, at('07T09:15:00'), at('07T09:20:00'))
  const { alerts } = await (
    await api(account, 'GET', '/alerts')
  ).json<{ alerts: { id: string; state: object[] }[] }>()
  expect(alerts[0]?.state).toMatchObject([
    { subject: 'all', open: 'alert', alertAt: '2026-10-07T09:15:00.000Z' },
  ])
  await api(account, 'PATCH', `/alerts/${alerts[0]?.id}`, { name: 'Only its name' })
  await play(checkAlerts, at('07T09:25:00'), at('07T09:25:00'))
  expect(await told(accountId)).toHaveLength(1)
  await api(account, 'PATCH', `/alerts/${alerts[0]?.id}`, { threshold: 8 })
  await play(checkAlerts, at('07T09:30:00'), at('07T09:30:00'))
  expect(await told(accountId)).toHaveLength(2)
})

test('a queue that is down loses no message: a job announces it again', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { accountId } = await withRule({ kind: 'error_count', threshold: 5 })
  await write(some(9, accountId, at('07T09:10:00'), FAILED))
  const down = {
    send: () => Promise.reject(new Error('down')),
    sendBatch: () => Promise.reject(new Error('down')),
  } as unknown as Queue
  await checkAlerts(envWith({ ALERTS_QUEUE: down }), at('07T09:15:00'))
  expect(await told(accountId)).toEqual(['07T09:15 alert'])
  const { announceWaiting } = await import('../../../src/alerts/deliver/job.ts')
  const sent: unknown[] = []
  const catching = {
    sendBatch: async (list: unknown[]) => void sent.push(...list),
  } as unknown as Queue
  await announceWaiting(envWith({ ALERTS_QUEUE: catching }), at('07T09:16:00'))
  expect(sent).toHaveLength(0)
  await announceWaiting(envWith({ ALERTS_QUEUE: catching }), at('07T09:20:00'))
  expect(sent.length).toBeGreaterThan(0)
  vi.restoreAllMocks()
})

test('a run that judged a rule before it was changed tells nothing, and leaves the rule as it is', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const { id } = await makeRule(account, { kind: 'volume', threshold: 1 })
  const [rule] = await readRulesOfAccount(env, accountId)
  await api(account, 'PATCH', `/alerts/${id}`, { threshold: 5 })
  await env.DB.prepare(`UPDATE alert_rules SET state = '{"all":{"alert":1}}' WHERE id = ?1`)
    .bind(id)
    .run()
  const found = { atMs: START, measured: { value: 3 }, fromMs: null, toMs: null }
  await tell(env, judge([finding(rule!, found)]), START)
  expect((await readRulesOfAccount(env, accountId))[0]?.stored).toBe('{"all":{"alert":1}}')
  const told = env.DB.prepare('SELECT count(*) AS n FROM alert_messages WHERE account_id = ?1')
  expect(await told.bind(accountId).first('n')).toBe(0)
})

test('the recommended rules are added once; a pair that was in use before is no news', async () => {
  const account = await makeAccount()
  const member = await memberOf(account)
  for (let round = 0; round < 2; round++) await createRecommended(env, member, START)
  const { alerts } = await (await api(account, 'GET', '/alerts')).json<{ alerts: unknown[] }>()
  expect(alerts).toHaveLength(7)
  const { accountId } = await withRule({ kind: 'model_change' })
  await env.DB.prepare('UPDATE alert_rules SET created_at_ms = ?2 WHERE account_id = ?1')
    .bind(accountId, at('07T09:00:00'))
    .run()
  const changed = { requestedModel: 'grok-3', model: 'grok-4.3', redirected: true }
  await write(some(1, accountId, at('02T09:10:00'), changed))
  await write(some(1, accountId, at('07T09:20:00'), changed))
  await write(some(1, accountId, at('07T09:21:00'), { ...changed, requestedModel: 'grok-2' }))
  await play(checkAlerts, at('07T09:30:00'), at('07T09:40:00'))
  const { results } = await env.DB.prepare(
    `SELECT facts ->> '$.detail.requestedModel' AS model FROM alert_messages WHERE account_id = ?1`,
  )
    .bind(accountId)
    .all<{ model: string }>()
  expect(results.map(({ model }) => model)).toEqual(['grok-2'])
})
