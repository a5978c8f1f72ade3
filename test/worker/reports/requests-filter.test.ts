import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { OUTCOMES } from '../../../src/ledger/outcomes.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { toCondition } from '../../../src/reports/requests/condition.ts'
import { requestFilter, toQuery } from '../../../src/reports/requests/filter.ts'
import { countRequests, listRequests } from '../../../src/reports/requests/store.ts'
import { entry, messagesOf, START } from '../ledger/messages.ts'
import { api, fetchWorker, makeAccount, memberOf } from '../world.ts'

const [account, other] = [await makeAccount(), await makeAccount()]
const { accountId } = await memberOf(account)
const MINUTE = 60_000
const STATUSES = [200, 200, 200, 429, 500, 400]

const TAGS: LedgerEntry['tags'][] = [
  null,
  { feature: 'search', version: '2' },
  { feature: 'chat', version: '2' },
  { 'a "name"': 'a=b', beta: '' },
  { ['__proto__']: 'x' },
]

const entries: LedgerEntry[] = Array.from({ length: 240 }, (_, index) => {
  const status = STATUSES[index % STATUSES.length]!
  const atMs = START + index * MINUTE
  return entry({
    accountId,
    atMs,
    id: uuidv7(atMs),
    label: [null, 'ada', 'bob, "the bot"', '=cmd()'][index % 4]!,
    tokenId: ['t1', 't2', account.tokenId][index % 3]!,
    model: index % 10 === 9 ? null : ['grok-4.3', 'grok-4.6'][index % 2]!,
    requestedModel: 'grok-4.6',
    endpoint: index % 7 === 0 ? 'models' : 'chat/completions',
    mode: index % 5 === 0 ? 'pass-through' : 'stored',
    status,
    outcome: status === 200 ? 'complete' : OUTCOMES[(index % 3) + 1]!,
    costTicks: status === 200 ? index * 1_000_000 : null,
    costBasis: status === 200 ? (index % 2 ? 'reported' : 'computed') : 'none',
    totalMs: index * 100,
    errorText: status === 200 ? null : `Too many tokens for Team ${index % 8}`,
    upstreamRequestId: `up-${index}`,
    session: [null, 'chat-1', 'chat 2'][index % 3]!,
    tags: TAGS[index % TAGS.length]!,
    toolCalls: index % 9 === 0 ? { web_search_calls: 2 } : null,
  })
})

beforeAll(async () => {
  for (let at = 0; at < entries.length; at += 60) {
    await writeMessages(env.LEDGER, messagesOf(entries.slice(at, at + 60)), START)
  }
})

type Listed = { requests: { id: string }[]; nextCursor: string | null }

/** Every page of a filter, one after the other. */
async function idsOf(query: string, limit = 100): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const path = `/requests?${query}&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`
    const listed: Listed = await (await api(account, 'GET', path)).json()
    ids.push(...listed.requests.map((request) => request.id))
    cursor = listed.nextCursor
  } while (cursor !== null)
  return ids
}

const newestFirst = (matches: (one: LedgerEntry) => boolean): string[] =>
  entries
    .filter(matches)
    .map((one) => one.id)
    .toReversed()

const at = (minute: number): string => new Date(START + minute * MINUTE).toISOString()
const modelOf = (one: LedgerEntry): string | null => one.model ?? one.requestedModel

// What each filter means, said a second time in TypeScript.
const FILTERS: [query: string, matches: (one: LedgerEntry) => boolean][] = [
  ['', () => true],
  [`from=${at(30)}`, (one) => one.atMs >= START + 30 * MINUTE],
  [`to=${at(100)}`, (one) => one.atMs < START + 100 * MINUTE],
  [`from=2026-11-22T12:30:00%2B01:00`, (one) => one.atMs >= Date.parse('2026-11-22T11:30:00Z')],
  ['model=grok-4.3', (one) => modelOf(one) === 'grok-4.3'],
  ['model=grok-4.3&model=grok-4.6', () => true],
  ['requester=ada', (one) => one.label === 'ada'],
  ['requester=', (one) => one.label === null],
  ['requester=&requester=ada', (one) => one.label === null || one.label === 'ada'],
  [`requester=${encodeURIComponent('bob, "the bot"')}`, (one) => one.label === 'bob, "the bot"'],
  ['token=t2', (one) => one.tokenId === 't2'],
  ['session=chat-1', (one) => one.session === 'chat-1'],
  ['session=', (one) => one.session === null],
  ['session=&session=chat 2', (one) => one.session !== 'chat-1'],
  ['tag=feature%3Dsearch', (one) => one.tags?.['feature'] === 'search'],
  ['tag=feature', (one) => one.tags?.['feature'] !== undefined],
  ['tag=feature%3Dsearch&tag=feature%3Dchat', (one) => one.tags?.['feature'] !== undefined],
  ['tag=feature%3Dchat&tag=version%3D2', (one) => one.tags?.['feature'] === 'chat'],
  ['tag=feature%3Dchat&tag=version%3D3', () => false],
  ['tag=feature%3Dchat&tag=beta', () => false],
  ['tag=beta%3D', (one) => one.tags?.['beta'] === ''],
  ['tag=a "name"%3Da%3Db', (one) => one.tags?.['a "name"'] === 'a=b'],
  ['tag=__proto__%3Dx', (one) => Object.hasOwn(one.tags ?? {}, '__proto__')],
  ['endpoint=models', (one) => one.endpoint === 'models'],
  ['mode=pass-through', (one) => one.mode === 'pass-through'],
  ['status=4xx', (one) => one.status >= 400 && one.status < 500],
  ['status=429', (one) => one.status === 429],
  ['status=2xx&status=500', (one) => one.status === 200 || one.status === 500],
  [
    'outcome=refused&outcome=upstream_refused',
    (one) => ['refused', 'upstream_refused'].includes(one.outcome),
  ],
  ['costBasis=computed', (one) => one.costBasis === 'computed'],
  ['costAbove=0.01', (one) => (one.costTicks ?? 0) > 100_000_000],
  ['slowerThanMs=5000', (one) => one.totalMs > 5_000],
  ['q=TEAM 3', (one) => one.errorText?.includes('Team 3') === true],
  ['q=100%25', () => false],
  [`q=up-77`, (one) => one.upstreamRequestId === 'up-77'],
  [`q=${entries[50]!.id.toUpperCase()}`, (one) => one.id === entries[50]!.id],
]

test.each(FILTERS)('a filter finds what it says, newest first: %s', async (query, matches) => {
  expect(await idsOf(query, 37)).toEqual(newestFirst(matches))
})

const namesOf = (query: string): string[] => query.split('&').map((pair) => pair.split('=')[0]!)

test.each(FILTERS.map(([query, matches], index) => ({ query, matches, index })))(
  'with any filter after it, a filter finds what both find: $query',
  async ({ query: first, matches: matchesFirst, index }) => {
    for (const [second, matchesSecond] of FILTERS.slice(index + 1)) {
      // The same parameter twice means any of its values, or the last.
      if (namesOf(first).some((name) => name !== '' && namesOf(second).includes(name))) continue
      const expected = newestFirst((one) => matchesFirst(one) && matchesSecond(one))
      const listed: Listed = await (
        await api(account, 'GET', `/requests?${first}&${second}&limit=100`)
      ).json()
      expect({ second, ids: listed.requests.map((request) => request.id) }).toEqual({
        second,
        ids: expected.slice(0, 100),
      })
    }
  },
)

test.each([
  ['from=yesterday', 'from', '2026-11-24T08:00:00Z'],
  ['mode=both', 'mode', 'stored, pass-through'],
  ['status=teapot', 'status', '429'],
  ['costAbove=lots', 'costAbove', '0.05'],
  ['slowerThanMs=-1', 'slowerThanMs', 'milliseconds'],
  [`q=${'x'.repeat(201)}`, 'q', '200'],
  [Array.from({ length: 51 }, (_, index) => `model=${index}`).join('&'), 'model', '50'],
])('a bad value is refused by name, with what to send: %s', async (query, param, says) => {
  for (const path of ['requests', 'requests.csv', 'requests.ndjson']) {
    const refused = await api(account, 'GET', `/${path}?${query}`)
    expect(refused.status).toBe(400)
    const body = await refused.json<{ error: { param: string; message: string } }>()
    expect(body.error.param).toBe(param)
    expect(body.error.message).toContain(says)
  }
})

test('an empty field of a form filters nothing', async () => {
  expect((await idsOf('from=&to=&q=&costAbove=')).length).toBe(entries.length)
})

test.each(FILTERS)('every filter walks an index in its order: %s', async (query) => {
  const params = new URLSearchParams(query)
  const queries = Object.fromEntries(
    [...new Set(params.keys())].map((key) => [key, params.getAll(key)]),
  )
  const condition = toCondition(accountId, requestFilter.parse(toQuery(queries)))
  const { results } = await env.LEDGER.prepare(
    `EXPLAIN QUERY PLAN SELECT * FROM (SELECT * ${condition.scan} ORDER BY id DESC LIMIT 100) WHERE ${condition.where ?? 'true'} LIMIT 51`,
  )
    .bind(...condition.params)
    .all<{ detail: string }>()
  const plan = results
    .map((row) => row.detail)
    .filter(
      (detail) =>
        !/json_each|VIRTUAL TABLE|SCALAR SUBQUERY|LIST SUBQUERY|BLOOM FILTER|CO-ROUTINE|^SCAN \(subquery/.test(
          detail,
        ),
    )
  expect(plan).toHaveLength(1)
  expect(plan[0]).toMatch(/^SEARCH requests USING (PRIMARY KEY|INDEX requests_\w+) \(account_id=\?/)
})

test.each(FILTERS)(
  'a search that looks at few rows a page finds all the same: %s',
  async (query, matches) => {
    const params = new URLSearchParams(query)
    const queries = Object.fromEntries([...params.keys()].map((key) => [key, params.getAll(key)]))
    const filter = requestFilter.parse(toQuery(queries))
    const found: string[] = []
    let cursor: string | null = null
    do {
      const page = await listRequests(env.LEDGER, accountId, filter, 10, cursor, {
        searchedRows: 7,
      })
      found.push(...page.requests.map((request) => request.id))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(found).toEqual(newestFirst(matches))

    const all = await countRequests(env.LEDGER, accountId, filter)
    const matching = entries.filter(matches)
    expect(all).toEqual({
      requests: matching.length,
      failed: matching.filter((one) => one.outcome !== 'complete').length,
      costTicks: matching.reduce((sum, one) => sum + (one.costTicks ?? 0), 0),
      isAll: true,
    })
    const few = await countRequests(env.LEDGER, accountId, filter, { searchedRows: 7 })
    expect(few.requests).toBeLessThanOrEqual(7)
  },
)

test.each(['', 'requester=ada', 'status=4xx&mode=stored'])(
  'an export is the list: %s',
  async (query) => {
    const listed: { requests: object[] } = { requests: [] }
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Listed = await (
        await api(
          account,
          'GET',
          `/requests?${query}&limit=100${cursor ? `&cursor=${cursor}` : ''}`,
        )
      ).json()
      listed.requests.push(...page.requests)
      cursor = page.nextCursor
    }
    const ndjson = await api(account, 'GET', `/requests.ndjson?${query}`)
    expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson')
    expect(ndjson.headers.get('content-disposition')).toMatch(
      /^attachment; filename="metrion-requests-\d{4}-\d\d-\d\d\.ndjson"$/,
    )
    const lines = (await ndjson.text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(listed.requests)

    const csv = await (await api(account, 'GET', `/requests.csv?${query}`)).text()
    const rows = csv.trimEnd().split('\r\n')
    expect(rows).toHaveLength(listed.requests.length + 1)
    expect(rows[0]).toContain('id,at,requester,token,')
    expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(
      listed.requests.map((request) => (request as { id: string }).id),
    )
  },
)

test('a spreadsheet takes no label for a formula, and commas and quotes stay', async () => {
  const csv = await (await api(account, 'GET', '/requests.csv')).text()
  expect(csv).toContain(`,'=cmd(),`)
  expect(csv).toContain(',"bob, ""the bot""",')
  expect(csv).toContain(',"{""web_search_calls"":2}",')
  expect(csv).toContain(',0.0080000000,80000000,computed,')
})

test('nobody exports what is another’s', async () => {
  for (const path of ['requests.csv', 'requests.ndjson']) {
    expect(await (await api(other, 'GET', `/${path}`)).text()).not.toContain('grok')
    expect((await fetchWorker(`/api/v1/${path}`)).status).toBe(401)
  }
})
