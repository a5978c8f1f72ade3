import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { countAll } from '../../../src/reports/requests/count-store.ts'
import { requestFilter } from '../../../src/reports/requests/filter.ts'
import { foldAll } from '../turns.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { makeAccount, memberOf } from '../world.ts'

const { accountId } = await memberOf(await makeAccount())
const MINUTE_MS = 60_000
const NOW = Date.now()

const entries: LedgerEntry[] = Array.from({ length: 400 }, (_, index) => {
  const atMs = NOW - index * 17 * MINUTE_MS
  return entry({
    accountId,
    id: uuidv7(atMs),
    atMs,
    label: [null, 'ada', 'bob'][index % 3]!,
    model: ['grok-4.3', 'grok-4.6'][index % 2]!,
    status: index % 7 === 0 ? 429 : 200,
    outcome: index % 7 === 0 ? 'upstream_refused' : 'complete',
    costTicks: index % 7 === 0 ? null : index * 3,
  })
})

beforeAll(async () => {
  for (let at = 0; at < entries.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 100)), NOW)
  await foldAll(env.LEDGER, NOW - 3 * 24 * 60 * MINUTE_MS)
})

const iso = (ms: number): string => new Date(ms).toISOString()
const DAYS = 24 * 60 * MINUTE_MS

const CASES: [name: string, filter: object, matches: (one: LedgerEntry) => boolean][] = [
  ['everything', {}, () => true],
  [
    'a range that cuts hours',
    { from: iso(NOW - 3 * DAYS - 11 * MINUTE_MS), to: iso(NOW - 7 * MINUTE_MS) },
    (one) => one.atMs >= NOW - 3 * DAYS - 11 * MINUTE_MS && one.atMs < NOW - 7 * MINUTE_MS,
  ],
  [
    'a requester',
    { requester: ['ada'], from: iso(NOW - 4 * DAYS) },
    (one) => one.label === 'ada' && one.atMs >= NOW - 4 * DAYS,
  ],
  ['no requester', { requester: [''] }, (one) => one.label === null],
  ['a model', { model: ['grok-4.3'] }, (one) => one.model === 'grok-4.3'],
]

test.each(CASES)(
  'more than are searched are counted by the sums: %s',
  async (_, asked, matches) => {
    const matching = entries.filter(matches)
    expect(await countAll(env.LEDGER, accountId, requestFilter.parse(asked), 50)).toEqual({
      requests: matching.length,
      failed: matching.filter(({ outcome }) => outcome !== 'complete').length,
      costTicks: matching.reduce((sum, one) => sum + (one.costTicks ?? 0), 0),
      isAll: true,
    })
  },
)

test.each([
  { status: ['429'] },
  { outcome: ['complete'] },
  { costAbove: '0.0000000001' },
  { slowerThanMs: '1' },
  { q: 'r' },
  { session: [''] },
  { tag: ['x'] },
])('what the sums do not tell apart is counted among the newest: %j', async (asked) => {
  const counted = await countAll(env.LEDGER, accountId, requestFilter.parse(asked), 20)
  if (!('tag' in asked)) expect(counted.isAll).toBe(false)
  expect(counted.requests).toBeLessThanOrEqual(20)
})

test('requesters that share a sum are not told apart by it', async () => {
  const atMs = NOW - 100 * MINUTE_MS
  const id = uuidv7(atMs)
  await writeMessages(env.LEDGER, messagesOf([entry({ accountId, id, atMs, label: 'late' })]), NOW)
  await env.LEDGER.batch([
    env.LEDGER.prepare(
      `UPDATE rollups SET label = ' others' WHERE account_id = ?1 AND label = 'late'`,
    ).bind(accountId),
  ])
  const counted = await countAll(
    env.LEDGER,
    accountId,
    requestFilter.parse({ requester: ['ada'] }),
    50,
  )
  expect(counted).toMatchObject({ isAll: false, requests: 50 })
})
