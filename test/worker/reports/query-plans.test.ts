import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { OPERATIONS } from '../../../src/pages/reference/operations.ts'
import { chat, envWith, fetchIn, makeAccount, rowOf } from '../world.ts'

const account = await makeAccount()

/** A ledger that notes what it is asked. */
function noting(seen: Map<string, unknown[]>): D1Database {
  return {
    prepare: (sql: string) => {
      seen.set(sql, [])
      const statement = env.LEDGER.prepare(sql)
      const bind = statement.bind.bind(statement)
      statement.bind = (...values: unknown[]) => {
        seen.set(sql, values)
        return bind(...values)
      }
      return statement
    },
    batch: (statements: D1PreparedStatement[]) => env.LEDGER.batch(statements),
  } as unknown as D1Database
}

const FILTERS = [
  '',
  'model=grok-4.3',
  'requester=ada',
  'requester=ada&model=grok-4.3',
  'token=t',
  'model=grok-4.3&model=grok-4.6',
]
const TIMES = ['range=1h', 'range=24h', 'range=30d', 'from=2026-10-24T00:00:00.000Z']
const DATED = ['/usage', '/usage.focus.csv', '/latency', '/errors']
const OWN_FILTERS: Record<string, string[]> = { '/sessions': ['', 'sort=cost'] }

test('no page and no route reads a table of the ledger from end to end', async () => {
  const answered = await chat(account, {
    headers: { 'x-metrion-user': 'ada', 'x-metrion-session': 's' },
  })
  await answered.text()
  const { id } = await rowOf(account, answered)
  const pages = ['', '/errors', '/latency'].flatMap((part) =>
    TIMES.flatMap((time) =>
      FILTERS.map((filter) => `/dashboard${part}?${time}&by=model&${filter}`),
    ),
  )
  const logs = [
    ...FILTERS,
    'session=s',
    'tag=feature%3Dx',
    'range=7d&sort=cost&model=grok-4.3',
    'range=7d&sort=duration&order=asc',
    'status=429',
    'q=text',
    'costAbove=1',
    'range=24h',
    'outcome=refused',
  ]
  const routes = OPERATIONS.flatMap(({ path }) =>
    (OWN_FILTERS[path] ?? FILTERS).map((filter) => {
      const from = DATED.includes(path) ? 'from=2026-11-20T00:00:00Z&' : ''
      return `/api/v1${path.replace('{id}', String(id))}${path.includes('{') ? '' : `?${from}${filter}`}`
    }),
  )
  const seen = new Map<string, unknown[]>()
  for (const path of [
    ...pages,
    ...logs.map((filter) => `/logs?${filter}`.replace(/\?$/, '')),
    `/logs/news?after=${String(id)}`,
    `/logs/${String(id)}`,
    ...routes,
    '/settings',
    '/settings/tokens',
    `/tokens/${account.tokenId}/revoke`,
    '/sessions?sort=cost',
    '/sessions/tags',
    '/sessions/tags?name=x',
    '/sessions/detail?session=s',
    '/frame/state',
    '/frame/palette',
    '/integrate',
    '/limits',
    '/metrics',
    '/metrics?by=requester',
    '/alerts?preview=on',
    '/bill',
  ]) {
    const headers = { cookie: account.cookie, accept: 'text/html' }
    const response = await fetchIn(envWith({ LEDGER: noting(seen) }), path, { headers })
    expect({ path, status: response.status }).toEqual({ path, status: 200 })
    // An export asks as it is read.
    await response.text()
  }
  expect(seen.size).toBeGreaterThan(50)
  for (const [sql, values] of seen) {
    const { results } = await env.LEDGER.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...values)
      .all<{ detail: string }>()
    // Lists of parameters, and what was found before, are scanned; tables are searched. Small tables of the
    // deployment, which jobs keep small, are read whole.
    const scans = results
      .map(({ detail }) => detail)
      .filter((detail) => /^SCAN (?!.*VIRTUAL TABLE)/.test(detail))
      .filter(
        (detail) =>
          !/^SCAN (found|part|sums|first|last|summed|timed|told|asked|hours|costs|\(subquery|CONSTANT|writers|dead_letters|unchecked_requests|failed_jobs|open_requests|accounts)/.test(
            detail,
          ),
      )
    expect({ sql, scans }).toEqual({ sql, scans: [] })
  }
})
