import { Hono, type Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { isRefusal } from '../../http/refusals.ts'
import { listBudgets } from '../../spend/budgets/store.ts'
import { countCode, readFailures } from '../../reports/failures/store.ts'
import { readOutstanding } from '../../ledger/async-jobs/store.ts'
import { readRedirects } from '../../reports/usage/redirects-store.ts'
import { readQuery } from '../../reports/requests/filter.ts'
import { presentRequest } from '../../reports/requests/present.ts'
import { lastUses } from '../../reports/requests/store.ts'
import { canonicalQuery } from '../logs/view-query.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import { tokenNames } from '../../credentials/tokens/store.ts'
import type { UsageQuery } from '../../reports/usage/input.ts'
import { addUp, COSTS } from '../../reports/usage/present.ts'
import { fitToSums } from '../../reports/usage/granularity-store.ts'
import { BOTH, readUsages, type Asked as Read, type Usage } from '../../reports/usage/store.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import { readZone, ZONE_COOKIE } from '../../http/zone.ts'
import { toWire } from '../../http/messages.ts'
import { ErrorsPage } from './errors-view.tsx'
import { LISTED } from './groups.tsx'
import { dashboardQuery } from './input.ts'
import { LatencyPage } from './latency-view.tsx'
import type { FrameProps } from './props.ts'
import { customRange, rangeOf } from './range.ts'
import { mostExpensive } from './series.ts'
import { OverviewPage } from './view.tsx'

export const dashboardPages = new Hono<SignedIn>()

/** The parsed request for a dashboard section: its props, and the queries of its sums. */
interface Asked {
  frame: Omit<FrameProps, 'tokenNames'>
  query: UsageQuery
  /** The query of the earlier period that this one is compared with. */
  before: UsageQuery
  read: <const T extends readonly Read[]>(...reads: T) => Promise<{ [K in keyof T]: Usage }>
}

/** Parses the URL. Returns a response if the URL is invalid, or is not canonical (a redirect). */
async function readView(c: Context<SignedIn>): Promise<Asked | Response> {
  const zone = readZone(getCookie(c, ZONE_COOKIE))
  const { searchParams: params, pathname } = new URL(c.req.url)
  // An empty requester or model is a filter: it matches requests without one.
  const tidy = canonicalQuery(params, zone, (name) => name === 'from' || name === 'to')
  if (params.has('from') && tidy.toString() !== params.toString())
    return c.redirect(`${pathname}?${tidy.toString()}`, 303)
  const input = readQuery(dashboardQuery, c.req.queries())
  if (isRefusal(input)) {
    const { message } = toWire(input)
    return c.html(<ErrorPage title="Invalid address" message={message} />, 400)
  }
  const { accountId, accountName, name } = c.get('member')
  const nowMs = Date.now()
  const { from, to = nowMs, range: preset, by: _by, ...filter } = input
  const wanted = from === undefined ? rangeOf(preset, nowMs, zone) : customRange(from, to)
  const fit = <T extends { fromMs: number; beforeMs: number }>(one: T): Promise<T> =>
    fitToSums(c.env.LEDGER, accountId, one)
  const range = await fit(wanted)
  const { fromMs, beforeMs, interval, comparedFromMs, comparedBeforeMs } = range
  const query = { ...filter, zone, fromMs, beforeMs, interval }
  return {
    frame: { viewer: { name, accountName }, query: input, zone, range, nowMs },
    query,
    before: await fit({
      ...inOne(query),
      fromMs: comparedFromMs,
      // The period may begin earlier than was asked for, where its sums are kept by the day.
      beforeMs: Math.min(fromMs, comparedBeforeMs),
    }),
    read: (...reads) => readUsages(c.env.LEDGER, accountId, reads),
  }
}

/** The query without time steps. With five-minute steps it still reads the requests, not the hourly sums. */
const inOne = ({ interval, ...query }: UsageQuery): UsageQuery => ({
  ...query,
  isFine: interval === '5min',
})

const FIRST_BYTE = { latencies: ['firstByte'] } as const

dashboardPages.get('/', async (c) => {
  const view = await readView(c)
  if (view instanceof Response) return view
  const { frame, query, read } = view
  const { accountId } = c.get('member')
  const whole = inOne(query)
  const ledger = c.env.LEDGER
  const [
    [all, before, model, requester, token],
    names,
    currency,
    redirects,
    outstanding,
    budgets,
    refused,
  ] = await Promise.all([
    read(
      { query, reading: FIRST_BYTE },
      { query: view.before, reading: FIRST_BYTE },
      { query: { ...whole, groupBy: 'model' }, reading: { ...FIRST_BYTE, most: LISTED } },
      { query: { ...whole, groupBy: 'requester' }, reading: { most: LISTED } },
      { query: { ...whole, groupBy: 'token' }, reading: { most: LISTED } },
    ),
    tokenNames(c.env, accountId),
    readAccountSettings(c.env.DB, accountId),
    readRedirects(ledger, accountId, query),
    readOutstanding(ledger, accountId, query),
    listBudgets(c.env, accountId),
    countCode(ledger, accountId, query, 'budget_exceeded'),
  ])
  const usage = { all, before, model, requester, token }
  const { by } = frame.query
  const [[top], lastSeenMs] = await Promise.all([
    read({
      query: { ...query, groupBy: by, [by]: mostExpensive(usage[by].cells) },
      reading: { measures: COSTS },
    }),
    lastUses(
      c.env.LEDGER,
      accountId,
      'requester',
      requester.cells.map(({ key }) => key),
    ),
  ])
  return c.html(
    <OverviewPage
      {...frame}
      usage={{ ...usage, top }}
      tokenNames={names}
      lastSeenMs={lastSeenMs}
      currency={currency}
      redirects={redirects}
      budgets={budgets}
      budgetZone={currency.timeZone ?? 'UTC'}
      refused={refused}
      outstanding={outstanding}
    />,
  )
})

dashboardPages.get('/errors', async (c) => {
  const view = await readView(c)
  if (view instanceof Response) return view
  const { accountId } = c.get('member')
  const [failures, [all], names] = await Promise.all([
    readFailures(c.env.LEDGER, accountId, view.query),
    view.read({ query: inOne(view.query) }),
    tokenNames(c.env, accountId),
  ])
  return c.html(
    <ErrorsPage
      {...view.frame}
      failures={failures}
      latest={failures.latest.map((row) => presentRequest(row, names))}
      requests={addUp(all.cells).requests}
      tokenNames={names}
    />,
  )
})

dashboardPages.get('/latency', async (c) => {
  const view = await readView(c)
  if (view instanceof Response) return view
  const reading = { latencies: BOTH }
  const [[all, before], names] = await Promise.all([
    view.read({ query: view.query, reading }, { query: view.before, reading }),
    tokenNames(c.env, c.get('member').accountId),
  ])
  return c.html(<LatencyPage {...view.frame} all={all} before={before} tokenNames={names} />)
})
