import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type * as z from 'zod'
import { failuresAnswer } from '../../../src/reports/failures/answer.ts'
import { readFailures } from '../../../src/reports/failures/store.ts'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { timeQuery } from '../../../src/reports/usage/input.ts'
import { seeded } from '../../seeded.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { api, makeAccount, memberOf } from '../world.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-10-24T00:00:00Z')
const account = await makeAccount()
const other = await makeAccount()
const { accountId } = await memberOf(account)
const random = seeded(3)
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!

const ENDINGS = [
  { status: 200, outcome: 'complete', errorCode: null },
  { status: 499, outcome: 'client_gone', errorCode: null },
  { status: 429, outcome: 'upstream_refused', errorCode: 'rate_limit_exceeded' },
  { status: 429, outcome: 'upstream_refused', errorCode: null },
  { status: 503, outcome: 'upstream_refused', errorCode: 'overloaded' },
  // Told as a 200, and failed all the same.
  { status: 200, outcome: 'upstream_cut', errorCode: null },
] as const satisfies readonly Partial<LedgerEntry>[]

const entries = Array.from({ length: 400 }, () => {
  const atMs = START + Math.floor(random() * 48 * HOUR)
  const ending = pick(ENDINGS)
  return entry({
    accountId,
    atMs,
    id: uuidv7(atMs),
    ...ending,
    label: pick([null, 'ada', 'grace']),
    tokenId: pick(['t1', 't2']),
    model: ending.outcome === 'upstream_refused' ? null : 'grok-4.3',
    requestedModel: pick(['grok-4.3', 'grok-4.6']),
    errorText: `words of ${ending.errorCode}`,
  })
})
const failed = entries.filter(({ outcome }) => outcome !== 'complete' && outcome !== 'client_gone')

beforeAll(async () => {
  for (let at = 0; at < entries.length; at += 100)
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 100)), START)
})

type Answer = z.output<typeof failuresAnswer>
const RANGE = 'from=2026-10-24T00:00:00Z&to=2026-10-26T00:00:00Z'
const errors = async (query: string): Promise<Answer> =>
  failuresAnswer.strict().parse(await (await api(account, 'GET', `/errors?${query}`)).json())

function countsOf(list: readonly LedgerEntry[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, errorCode } of list) {
    const key = `${status} ${errorCode}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
const told = (codes: Answer['codes'] | NonNullable<Answer['series']>[number]['codes']): object =>
  Object.fromEntries(codes.map(({ status, code, requests }) => [`${status} ${code}`, requests]))

test.each([
  ['', () => true],
  ['&model=grok-4.6', (one: LedgerEntry) => (one.model ?? one.requestedModel) === 'grok-4.6'],
  ['&requester=&requester=ada', (one: LedgerEntry) => one.label !== 'grace'],
  [
    '&token=t1&requester=grace',
    (one: LedgerEntry) => one.tokenId === 't1' && one.label === 'grace',
  ],
])(
  'failures are counted by status and code, over time, and the newest told: %s',
  async (filter, is) => {
    const some = failed.filter(is)
    const answer = await errors(`${RANGE}&interval=day&zone=Europe/Zurich${filter}`)
    expect(answer.total).toBe(some.length)
    expect(told(answer.codes)).toEqual(countsOf(some))
    const counts = answer.codes.map(({ requests }) => requests)
    expect(counts).toEqual(counts.toSorted((one, two) => two - one))
    // 24 h, 25 h of the day on which the clocks change, and what is left.
    expect(answer.series).toHaveLength(3)
    for (const [index, bin] of answer.series!.entries()) {
      const beforeMs = Date.parse(answer.series![index + 1]?.start ?? answer.to)
      const ofBin = some.filter(({ atMs }) => atMs >= Date.parse(bin.start) && atMs < beforeMs)
      expect(bin.total).toBe(ofBin.length)
      expect(told(bin.codes)).toEqual(countsOf(ofBin))
    }
    const newest = some.toSorted((one, two) => (one.id < two.id ? 1 : -1)).slice(0, 50)
    expect(answer.latest.map(({ id, errorText }) => ({ id, errorText }))).toEqual(
      newest.map(({ id, errorText }) => ({ id, errorText })),
    )
  },
)

test('counting reads the index alone, however many answers were fine', async () => {
  const seen: { sql: string; bound: unknown[] }[] = []
  const noting = {
    prepare: (sql: string) => ({
      bind: (...bound: unknown[]) => (
        seen.push({ sql, bound }),
        env.LEDGER.prepare(sql).bind(...bound)
      ),
    }),
    batch: (statements: D1PreparedStatement[]) => env.LEDGER.batch(statements),
  } as unknown as D1Database
  const query = timeQuery.parse({
    from: '2026-10-24T00:00:00Z',
    to: '2026-10-26T00:00:00Z',
    model: ['grok-4.3'],
    requester: ['ada'],
    token: ['t1'],
  })
  await readFailures(noting, accountId, query)
  const plans = await Promise.all(
    seen.map(async ({ sql, bound }) => {
      const { results } = await env.LEDGER.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...bound)
        .all<{ detail: string }>()
      return results.map(({ detail }) => detail).filter((detail) => / (r|requests) /.test(detail))
    }),
  )
  expect(plans[0]).toEqual([
    'SEARCH r USING COVERING INDEX requests_by_failure (account_id=? AND id>? AND id<?)',
  ])
  for (const detail of plans[1]!)
    expect(detail).toMatch(/^SEARCH .* (INDEX|PRIMARY KEY) .*account_id=\?/)
})

test('another account’s failures are its own; a wrong parameter is named', async () => {
  const answer = await (await api(other, 'GET', `/errors?${RANGE}`)).json<Answer>()
  expect(answer).toMatchObject({ total: 0, codes: [], latest: [], series: null })
  const refused = await api(account, 'GET', '/errors?from=yesterday')
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: { param: 'from' } })
})
