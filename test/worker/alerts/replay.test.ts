import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { replay } from '../../../src/alerts/evaluate/replay-store.ts'
import { DAY_MS, HOUR_MS } from '../../../src/http/time.ts'
import { entry } from '../ledger/messages.ts'
import { fetchWorker, makeAccount, memberOf } from '../world.ts'
import { makeRule, USD, write } from './world.ts'

const NOW = Date.UTC(2026, 9, 28, 12, 30)
const at = (day: number, hour: number): number =>
  NOW - (NOW % DAY_MS) - day * DAY_MS + hour * HOUR_MS

const many = <T>(number: number, make: () => T): T[] => Array.from({ length: number }, make)

test('what rules would have told in the last 30 days, by the sums of then', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  const rules = [
    { kind: 'volume', threshold: 10 },
    {
      kind: 'volume',
      threshold: 10,
      name: 'of another',
      scope: { kind: 'model', value: 'grok-9' },
    },
    { kind: 'error_rate', threshold: 50, minimum: 4 },
    { kind: 'spike', threshold: 3, minimum: USD },
    { kind: 'forecast', threshold: USD * 60 },
    { kind: 'model_change' },
    { kind: 'ledger' },
  ]
  for (const rule of rules) await makeRule(account, rule)
  const usual = { accountId, model: 'grok-4.3', costTicks: USD, costBasis: 'reported' } as const
  await write([
    ...many(57, () => null).map((_, day) => entry({ ...usual, atMs: at(57 - day, 9) })),
    // Ten days ago: many requests, of which most failed.
    ...many(4, () => entry({ ...usual, atMs: at(10, 15), costTicks: 0 })),
    ...many(8, () =>
      entry({ ...usual, atMs: at(10, 15), costTicks: 0, outcome: 'upstream_refused', status: 500 }),
    ),
    // Five days ago: an hour five times as expensive; it begins to name a model that is redirected.
    entry({ ...usual, atMs: at(5, 9), costTicks: 4 * USD }),
    entry({ ...usual, atMs: at(5, 20), requestedModel: 'grok-3', costTicks: 0, redirected: true }),
  ])
  const replayed = await replay(env, accountId, 'UTC', NOW)
  const told = replayed.map(({ rule, tells }) => [
    rule.name,
    tells?.map(({ atMs, facts }) => `${facts.level} ${new Date(atMs).toISOString().slice(0, 13)}`),
  ])
  const tenAgo = new Date(at(10, 16)).toISOString().slice(0, 13)
  const after = new Date(at(10, 17)).toISOString().slice(0, 13)
  const fiveAgo = new Date(at(5, 10)).toISOString().slice(0, 13)
  const fiveAfter = new Date(at(5, 11)).toISOString().slice(0, 13)
  expect(told).toEqual([
    ['Request volume', [`alert ${tenAgo}`, `over ${after}`]],
    ['of another', []],
    ['Error rate', [`alert ${tenAgo}`, `over ${after}`]],
    ['Unusual spending', [`alert ${fiveAgo}`, `over ${fiveAfter}`]],
    ['Forecast of the month', []],
    ['Model redirected or retired', [`alert ${new Date(at(5, 21)).toISOString().slice(0, 13)}`]],
    ['Ledger', undefined],
  ])
  // What rules have really told is not touched.
  const { results } = await env.DB.prepare('SELECT id FROM alert_messages WHERE account_id = ?1')
    .bind(accountId)
    .all()
  expect(results).toEqual([])
})

test('a lower threshold of the forecast would have told in the month before', async () => {
  const account = await makeAccount()
  const { accountId } = await memberOf(account)
  await makeRule(account, { kind: 'forecast', threshold: USD * 25 })
  await write(
    many(57, () => null).map((_, day) =>
      entry({ accountId, atMs: at(57 - day, 9), costTicks: USD, costBasis: 'reported' }),
    ),
  )
  const [replayed] = await replay(env, accountId, 'UTC', NOW)
  expect(replayed?.tells?.map(({ facts }) => facts.level)).toContain('alert')
  const page = await fetchWorker('/alerts?preview=on', { headers: { cookie: account.cookie } })
  expect(page.status).toBe(200)
})
