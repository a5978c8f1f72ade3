import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { requestFilter } from '../../../src/reports/requests/filter.ts'
import { listSorted } from '../../../src/reports/requests/sorted-store.ts'
import { entry, messagesOf, START } from '../ledger/messages.ts'
import { api, makeAccount, memberOf } from '../world.ts'

const account = await makeAccount()
const { accountId } = await memberOf(account)
const FROM = `from=${new Date(START).toISOString()}`

// Values that repeat, so that the order of equal ones is tested, and none at all.
const entries: LedgerEntry[] = Array.from({ length: 60 }, (_, index) => {
  const atMs = START + index * 60_000
  const some = index % 5 === 0 ? null : (index * 7) % 11
  return entry({
    accountId,
    id: uuidv7(atMs),
    atMs,
    label: index % 2 ? 'ada' : null,
    costTicks: some,
    inputTokens: some,
    outputTokens: some === null ? null : index % 3,
    firstByteMs: some,
    totalMs: (index * 13) % 17,
  })
})

beforeAll(() => writeMessages(env.LEDGER, messagesOf(entries), START))

const VALUES: Record<string, (one: LedgerEntry) => number | null> = {
  cost: (one) => one.costTicks,
  tokens: (one) => (one.inputTokens === null ? null : one.inputTokens + (one.outputTokens ?? 0)),
  firstByte: (one) => one.firstByteMs,
  duration: (one) => one.totalMs,
  time: (one) => one.atMs,
}

/** The order, said a second time: without a value last, equal ones newest first. */
function sorted(list: readonly LedgerEntry[], sort: string, order: string): string[] {
  const value = VALUES[sort]!
  const sign = order === 'asc' ? 1 : -1
  return list
    .toSorted((one, other) => {
      const [a, b] = [value(one), value(other)]
      if (a === null || b === null)
        return Number(a === null) - Number(b === null) || other.atMs - one.atMs
      return sign * (a - b) || other.atMs - one.atMs
    })
    .map(({ id }) => id)
}

async function idsOf(query: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await api(
      account,
      'GET',
      `/requests?${query}&limit=7${cursor && `&cursor=${cursor}`}`,
    )
    const listed = await page.json<{
      requests: { id: string }[]
      nextCursor: string | null
      comparedFrom?: string | null
    }>()
    expect(listed.comparedFrom ?? null).toBeNull()
    ids.push(...listed.requests.map(({ id }) => id))
    cursor = listed.nextCursor
  }
  return ids
}

test.each(Object.keys(VALUES).flatMap((sort) => ['desc', 'asc'].map((order) => [sort, order])))(
  'requests by %s, %s, page by page',
  async (sort = '', order = '') => {
    expect(await idsOf(`${FROM}&sort=${sort}&order=${order}`)).toEqual(sorted(entries, sort, order))
    expect(await idsOf(`${FROM}&requester=ada&sort=${sort}&order=${order}`)).toEqual(
      sorted(
        entries.filter(({ label }) => label === 'ada'),
        sort,
        order,
      ),
    )
  },
)

test('of a range with too many, the newest are compared, and the answer says from when on', async () => {
  const filter = requestFilter.parse({ from: new Date(START).toISOString() })
  const by = { sort: 'duration', order: 'desc' } as const
  const found = await listSorted(env.LEDGER, accountId, filter, by, 3, null, 20)
  expect(found.requests.map(({ id }) => id)).toEqual(
    sorted(entries.slice(40), 'duration', 'desc').slice(0, 3),
  )
  expect(found.comparedFromMs).toBe(entries[40]!.atMs)
  const whole = await listSorted(env.LEDGER, accountId, filter, by, 3, null, 60)
  expect(whole.comparedFromMs).toBeNull()
})

test.each([
  ['sort=cost', 'sort', 'from'],
  [`${FROM}&sort=price`, 'sort', 'time, cost, tokens, firstByte, duration'],
  [`${FROM}&order=up`, 'order', 'desc, asc'],
  [`${FROM}&sort=cost&cursor=${uuidv7(START)}`, 'cursor', 'nextCursor'],
  [`cursor=5~${uuidv7(START)}`, 'cursor', 'nextCursor'],
])('what cannot be sorted is refused: %s', async (query, param, says) => {
  const refused = await api(account, 'GET', `/requests?${query}`)
  expect(refused.status).toBe(400)
  const { error } = await refused.json<{ error: { param: string; message: string } }>()
  expect(error.param).toBe(param)
  expect(error.message).toContain(says)
})

test('sorting reads no table from end to end', async () => {
  const filter = requestFilter.parse({ from: new Date(START).toISOString(), requester: ['ada'] })
  const asked: [string, unknown[]][] = []
  const noting = {
    prepare: (sql: string) => ({
      bind: (...values: unknown[]) => {
        asked.push([sql, values])
        return env.LEDGER.prepare(sql).bind(...values)
      },
    }),
    batch: (statements: D1PreparedStatement[]) => env.LEDGER.batch(statements),
  } as unknown as D1Database
  for (const sort of ['cost', 'tokens', 'firstByte', 'duration'] as const)
    await listSorted(noting, accountId, filter, { sort, order: 'desc' }, 3, null)
  expect(asked).toHaveLength(8)
  for (const [sql, values] of asked) {
    const { results } = await env.LEDGER.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>()
    const scans = results.filter(({ detail }) => /^SCAN (?!found|\(subquery)/.test(detail))
    expect({ sql, scans }).toEqual({ sql, scans: [] })
  }
})
