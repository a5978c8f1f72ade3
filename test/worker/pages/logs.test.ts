import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { writeMessages } from '../../../src/ledger/store.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'
import { canonicalQuery, overviewUrl, toApiQuery } from '../../../src/pages/logs/view-query.ts'
import { entry, messagesOf } from '../ledger/messages.ts'
import { fetchWorker, makeAccount, memberOf } from '../world.ts'

const account = await makeAccount()
const { accountId } = await memberOf(account)
const NOW = Date.now()
const EVIL = '<img src=x onerror=alert(1)>'

const make = (index: number, changes: Partial<LedgerEntry> = {}): LedgerEntry => {
  const atMs = NOW - index * 60_000
  return entry({ accountId, atMs, id: uuidv7(atMs), tokenId: account.tokenId, ...changes })
}
const entries = [
  make(0, { label: EVIL, model: 'grok-4.6', costTicks: 123_456_789 }),
  make(1, { label: null, costBasis: 'estimated', outcome: 'client_gone', costTicks: 10_000_000 }),
  make(2, {
    status: 429,
    outcome: 'upstream_refused',
    errorCode: 'exhausted',
    errorText: `Too many ${EVIL}`,
    costTicks: null,
    costBasis: 'none',
    firstByteMs: null,
    upstreamRequestId: 'xai-request-77',
  }),
  ...Array.from({ length: 130 }, (_, index) => make(index + 3)),
]

beforeAll(async () => {
  await writeMessages(env.LEDGER, messagesOf(entries), NOW)
})

const get = (path: string, zone?: string): Promise<Response> =>
  fetchWorker(path, {
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: `${account.cookie}${zone ? `; zone=${zone}` : ''}` },
  })
const page = async (path: string, zone?: string): Promise<string> => (await get(path, zone)).text()
const linesOf = (html: string): string[] => html.split('<tr>').slice(2)

test('the log has a line a request, the newest first, and leads on to older ones', async () => {
  const html = await page('/logs')
  expect(linesOf(html)).toHaveLength(100)
  expect(linesOf(html)[0]).toContain('$0.0123456789')
  expect(linesOf(html)[0]).toContain('grok-4.6')
  expect(linesOf(html)[1]).toMatch(/200 Caller left.*estimated.*≈ \$0\.001/s)
  expect(linesOf(html)[2]).toContain('429 Rejected by xAI')
  expect(html).toContain(`<strong>${entries.length}</strong> requests`)
  expect(html).toContain('<strong>1</strong> failed')
  const older = /href="(\/logs\?cursor=[^"]+)"[^>]*>Older requests/.exec(html)![1]!
  const second = await page(older)
  expect(linesOf(second)).toHaveLength(entries.length - 100)
  expect(second).toContain('>Newest</a>')
  expect(second).not.toContain('Older requests')
})

test('what users and xAI wrote stays text', async () => {
  for (const path of ['/logs', ...entries.slice(0, 3).map(({ id }) => `/logs/${id}`)])
    expect(await page(path)).not.toContain('<img src=x')
  expect(await page('/logs')).toContain('&lt;img src=x')
  const typed = await page(`/logs?q=${encodeURIComponent(`"><script>${EVIL}`)}`)
  expect(typed).not.toContain('<script>&')
  expect(typed).not.toContain('<img src=x')
})

test('a request opens into all that is known of it', async () => {
  const html = await page(`/logs/${entries[2]!.id}`, 'Asia/Kolkata')
  for (const known of [entries[2]!.id, 'xai-request-77', 'exhausted', 'Too many', 'Asia/Kolkata'])
    expect(html).toContain(known)
  expect((await get('/logs/nonsense')).status).toBe(404)
})

test('a form is sent on to an address that means the same to everybody', async () => {
  const sent = await get(
    '/logs?range=&model=grok-4.6&requester=&from=2026-10-01T00%3A00&to=&q=',
    'Europe/Zurich',
  )
  expect(sent.status).toBe(303)
  expect(sent.headers.get('location')).toBe(
    '/logs?model=grok-4.6&from=2026-09-30T22%3A00%3A00.000Z',
  )
  const shown = await page(sent.headers.get('location')!, 'Asia/Kolkata')
  expect(linesOf(shown)).toHaveLength(1)
  expect(shown).toContain('value="2026-10-01T03:30:00"')
})

test('a filter that cannot be used is named, and what was typed stays', async () => {
  const answer = await get('/logs?costAbove=a+lot')
  expect(answer.status).toBe(400)
  const html = await answer.text()
  expect(html).toContain('Cannot use &quot;costAbove&quot;: use an amount of USD such as 0.05')
  expect(html).toContain('value="a lot"')
  for (const query of ['cursor=nonsense', 'range=90d'])
    expect((await get(`/logs?${query}`)).status).toBe(400)
})

test('a view knows what has come since, of what it shows', async () => {
  const news = async (query: string): Promise<unknown> => (await get(`/logs/news?${query}`)).json()
  expect(await news(`after=${entries[2]!.id}`)).toEqual({ requests: 2 })
  expect(await news(`after=${entries[2]!.id}&model=grok-4.6`)).toEqual({ requests: 1 })
  expect(await news(`after=${entries[0]!.id}`)).toEqual({ requests: 0 })
  expect(await news(`after=`)).toEqual({ requests: 0 })
  // Of a view that finds nothing, too, only what has come since is looked through.
  expect(await page('/logs?q=nothing-like-it')).toContain(`data-news-after="${entries[0]!.id}"`)
})

test('a view without any requester is one of its own', async () => {
  const html = await page('/logs?unlabelled=on')
  expect(linesOf(html)).toHaveLength(1)
  expect(html).toContain('No requester')
})

test('an address is written in one way, and a preset moves with the clock', () => {
  const tidy = canonicalQuery(new URLSearchParams('range=7d&status=4xx&status=5xx&q='), 'UTC')
  expect(tidy.toString()).toBe('range=7d&status=4xx&status=5xx')
  expect(canonicalQuery(tidy, 'Asia/Kolkata').toString()).toBe(tidy.toString())
  expect(toApiQuery(tidy, Date.parse('2026-11-08T12:00:00Z'), 'UTC').toString()).toBe(
    'status=4xx&status=5xx&from=2026-11-01T12%3A00%3A00.000Z',
  )
})

test('the choices are those there are', async () => {
  const html = await page('/logs')
  const choices = [...html.matchAll(/<datalist id="model-choices">(.*?)<\/datalist>/gs)][0]![1]!
  expect([...choices.matchAll(/value="([^"]+)"/g)].map((match) => match[1])).toEqual([
    'grok-4.3',
    'grok-4.6',
  ])
})

test('columns can be chosen, and the rest of the view stays', async () => {
  const html = await page('/logs?columns=requester,cost,session&range=24h')
  const head = /<table class="log cards"><thead>(.*?)<\/thead>/s.exec(html)![1]!
  expect(
    head
      .replaceAll(/<[^>]+>/g, ' ')
      .trim()
      .split(/\s+/),
  ).toEqual(['Time', 'Requester', 'Session', 'Cost'])
  const several = await get('/logs?columns=cost&columns=token')
  expect(several.headers.get('location')).toBe('/logs?columns=cost%2Ctoken')
  const wrong = await get('/logs?columns=price')
  expect(wrong.status).toBe(400)
  expect(await wrong.text()).toContain('use one of status, time')
})

test('the log sorts within a range, by its headings', async () => {
  const noRange = await get('/logs?sort=cost')
  expect(noRange.headers.get('location')).toBe('/logs?sort=cost&range=7d')
  const html = await page('/logs?sort=cost&range=7d')
  expect(linesOf(html)[0]).toContain('$0.0123456789')
  expect(html).toContain(
    'aria-sort="descending"><a href="/logs?sort=cost&amp;range=7d&amp;order=asc">Cost',
  )
  const ascending = await page('/logs?sort=cost&range=7d&order=asc')
  expect(ascending).toContain('aria-sort="ascending"')
  expect(linesOf(ascending)[0]).not.toContain('$0.0123456789')
  const more = /href="(\/logs\?[^"]*cursor=[^"]+)"[^>]*>More requests/.exec(html)![1]!
  expect(linesOf(await page(more.replaceAll('&amp;', '&')))).toHaveLength(entries.length - 100)
  expect((await get('/logs?sort=price&range=7d')).status).toBe(400)
})

test('error text is in the row', async () => {
  expect(linesOf(await page('/logs'))[2]).toContain('Too many &lt;img')
})

test.each([
  ['range=7d&model=grok-4.6&status=4xx&sort=cost', 'range=7d&model=grok-4.6'],
  ['unlabelled=on&token=a&token=b', 'token=a&token=b&requester='],
  ['modelless=on&codeless=on', 'model='],
  ['to=2026-11-01T00:00:00.000Z&requester=ada', 'requester=ada'],
  ['from=2026-11-01T00:00:00.000Z', 'from=2026-11-01T00%3A00%3A00.000Z'],
])('the log of %s leads to the overview of the same requests', async (view, wanted) => {
  const url = overviewUrl(new URLSearchParams(view))
  expect(url).toBe(`/dashboard?${wanted}`)
  const { status } = await fetchWorker(url, { headers: { cookie: account.cookie } })
  expect(status).toBe(200)
})
