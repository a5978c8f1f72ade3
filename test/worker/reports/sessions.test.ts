import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { costUpTo, listSessions } from '../../../src/reports/sessions/store.ts'
import { sessionsInput } from '../../../src/reports/sessions/input.ts'
import { readTags } from '../../../src/reports/tags/store.ts'
import { tagsInput } from '../../../src/reports/tags/input.ts'
import { entry, messagesOf, START } from '../ledger/messages.ts'
import { api, makeAccount, memberOf } from '../world.ts'

const HOUR_MS = 3_600_000
const account = await makeAccount()
const other = await makeAccount()
const { accountId } = await memberOf(account)

// Session n has n requests, two hours apart from those of the next.
const entries: LedgerEntry[] = Array.from({ length: 6 }, (_, index) => index).flatMap((session) =>
  Array.from({ length: session }, (_, request) => {
    const atMs = START + session * 2 * HOUR_MS + request * 1_000
    return entry({
      accountId,
      id: uuidv7(atMs),
      atMs,
      totalMs: 500,
      session: `s${session}`,
      tags: request === 0 ? { feature: `f${session % 2}`, version: '1' } : null,
      label: session % 2 ? 'ada' : 'bob',
      costTicks: 100 - 10 * session,
      outcome: request === 2 ? 'upstream_cut' : 'complete',
    })
  }),
)

beforeAll(() => writeMessages(env.LEDGER, messagesOf(entries), START))

interface Listed {
  sessions: Record<string, unknown>[]
  nextCursor: string | null
  isAll: boolean
}
const list = async (query = ''): Promise<Listed> =>
  (await api(account, 'GET', `/sessions?${query}`)).json()
const names = ({ sessions }: Listed): unknown[] => sessions.map(({ session }) => session)

test('sessions, the latest first, with what they cost and how long they took', async () => {
  const listed = await list()
  expect(names(listed)).toEqual(['s5', 's4', 's3', 's2', 's1'])
  const firstMs = START + 6 * HOUR_MS
  expect(listed.sessions[2]).toMatchObject({
    session: 's3',
    requests: 3,
    failed: 1,
    costTicks: 210,
    costUsd: '0.0000000210',
    firstAt: new Date(firstMs).toISOString(),
    lastAt: new Date(firstMs + 2_500).toISOString(),
    durationMs: 2_500,
  })
  expect(listed).toMatchObject({ nextCursor: null, isAll: true })
})

test('sorted, of a range, and page by page', async () => {
  expect(names(await list('sort=cost'))).toEqual(
    ['s5', 's4', 's3', 's2', 's1'].toSorted((one, two) => {
      const cost = (name: string): number => Number(name[1]) * (100 - 10 * Number(name[1]))
      return cost(two) - cost(one) || (one < two ? -1 : 1)
    }),
  )
  expect(names(await list('sort=requests&limit=2'))).toEqual(['s5', 's4'])
  const hours = (n: number): string =>
    encodeURIComponent(new Date(START + n * HOUR_MS).toISOString())
  expect(names(await list(`from=${hours(4)}&to=${hours(8)}`))).toEqual(['s3', 's2'])
  const pages: unknown[] = []
  for (let cursor: string | null = '0'; cursor !== null;) {
    const page: Listed = await list(`limit=2&cursor=${cursor}`)
    pages.push(...names(page))
    cursor = page.nextCursor
  }
  expect(pages).toEqual(['s5', 's4', 's3', 's2', 's1'])
})

test('of too many sessions the newest are compared, and the answer says so', async () => {
  const input = sessionsInput.parse({ sort: 'cost' })
  const found = await listSessions(env.LEDGER, accountId, input, 2)
  expect(found).toMatchObject({ isAll: false })
  expect(found.sessions.map(({ session }) => session).toSorted()).toEqual(['s4', 's5'])
})

test('the running cost is that of the requests up to one', async () => {
  const of = entries.filter(({ session }) => session === 's4')
  expect(await costUpTo(env.LEDGER, accountId, 's4', of[1]!.id)).toBe(120)
})

test('costs by the names of tags, and by the values of one', async () => {
  const from = `from=${new Date(START).toISOString()}`
  const read = async (query: string): Promise<Record<string, unknown>[]> =>
    (
      await (
        await api(account, 'GET', `/tags?${from}&${query}`)
      ).json<{ tags: Record<string, unknown>[] }>()
    ).tags
  const first = entries.filter(({ tags }) => tags !== null)
  const sum = (list: LedgerEntry[]): number => list.reduce((all, one) => all + one.costTicks!, 0)
  const all = sum(first)
  expect(await read('')).toMatchObject([
    { key: 'feature', requests: 5, costTicks: all },
    { key: 'version', requests: 5, costTicks: all },
  ])
  const odd = first.filter(({ tags }) => tags!['feature'] === 'f1')
  expect(await read('name=feature')).toMatchObject([
    { key: 'f1', requests: 3, costTicks: sum(odd) },
    { key: 'f0', requests: 2, costTicks: all - sum(odd) },
  ])
  expect(await read('name=feature&requester=ada')).toMatchObject([{ key: 'f1', requests: 3 }])
  expect(await read('name=none')).toEqual([])
  const input = tagsInput.parse({ from: new Date(START).toISOString() })
  const some = await readTags(env.LEDGER, accountId, input, 2)
  expect(some.addedFromMs).toBe(first.at(-2)!.atMs)
  expect(some.tags[0]).toMatchObject({ requests: 2 })
})

test('another account has none of it', async () => {
  expect(await (await api(other, 'GET', '/sessions')).json()).toMatchObject({ sessions: [] })
  expect(await (await api(other, 'GET', '/tags?from=2026-01-01T00:00:00Z')).json()).toMatchObject({
    tags: [],
  })
  expect((await api(null, 'GET', '/sessions')).status).toBe(401)
  expect((await api(account, 'GET', '/tags')).status).toBe(200)
  expect((await api(account, 'GET', '/sessions?sort=price')).status).toBe(400)
})
