import { Hono, type Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { isRefusal } from '../../http/refusals.ts'
import { readFailures } from '../../reports/failures/store.ts'
import { readQuery } from '../../reports/requests/filter.ts'
import { latestRequest } from '../../reports/requests/store.ts'
import { presentRequest } from '../../reports/requests/present.ts'
import { canonicalQuery } from '../logs/view-query.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { tokenTitles } from '../../credentials/tokens/names-store.ts'
import { addUp } from '../../reports/usage/present.ts'
import { fitToSums } from '../../reports/usage/granularity-store.ts'
import { BOTH, readUsages } from '../../reports/usage/store.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import { readZone, ZONE_COOKIE } from '../../http/zone.ts'
import { listViews } from '../../people/views/store.ts'
import { hereOf } from '../views/here.ts'
import { checklistOf } from '../start/checklist-store.ts'
import { toWire } from '../../http/messages.ts'
import { ErrorsPage } from './errors-view.tsx'
import { inOne, type Asked } from './asked.ts'
import { dashboardQuery } from './input.ts'
import { LatencyPage } from './latency-view.tsx'
import { customRange, rangeOf } from './range.ts'
import { readOverview } from './overview-store.ts'
import { OverviewPage } from './view.tsx'

export const dashboardPages = new Hono<SignedIn>()

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
    return c.html(
      <ErrorPage viewer={c.get('member')} title="Invalid address" message={message} />,
      400,
    )
  }
  const { accountId, accountName, name, role } = c.get('member')
  const nowMs = Date.now()
  const { from, to = nowMs, range: preset, by: _by, compare: _, all: _all, ...filter } = input
  const wanted = from === undefined ? rangeOf(preset, nowMs, zone) : customRange(from, to)
  const fit = <T extends { fromMs: number; beforeMs: number }>(one: T): Promise<T> =>
    fitToSums(c.env.LEDGER, accountId, one)
  const range = await fit(wanted)
  const { fromMs, beforeMs, interval, comparedFromMs, comparedBeforeMs, comparedEndMs } = range
  const query = { ...filter, zone, fromMs, beforeMs, interval }
  return {
    frame: {
      viewer: { name, accountName },
      views: {
        views: await listViews(c.env.DB, accountId),
        here: hereOf(c.req.url),
        mayChange: role !== 'viewer',
      },
      query: input,
      zone,
      range,
      nowMs,
    },
    query,
    before: await fit({
      ...inOne(query),
      fromMs: comparedFromMs,
      // The period may begin earlier than was asked for, where its sums are kept by the day.
      beforeMs: Math.min(fromMs, comparedBeforeMs),
      endMs: interval === '5min' ? undefined : comparedEndMs,
    }),
    read: (...reads) => readUsages(c.env.LEDGER, accountId, reads),
  }
}

dashboardPages.get('/', async (c) => {
  const view = await readView(c)
  if (view instanceof Response) return view
  const member = c.get('member')
  const [overview, checklist] = await Promise.all([
    readOverview(c.env, member.accountId, view),
    latestRequest(c.env.LEDGER, member.accountId).then((latest) =>
      checklistOf(c.env, member, latest),
    ),
  ])
  return c.html(<OverviewPage {...view.frame} {...overview} checklist={checklist} />)
})

dashboardPages.get('/errors', async (c) => {
  const view = await readView(c)
  if (view instanceof Response) return view
  const { accountId } = c.get('member')
  const [failures, [all], names] = await Promise.all([
    readFailures(c.env.LEDGER, accountId, view.query),
    view.read({ query: inOne(view.query) }),
    tokenTitles(c.env, accountId),
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
    tokenTitles(c.env, c.get('member').accountId),
  ])
  return c.html(<LatencyPage {...view.frame} all={all} before={before} tokenNames={names} />)
})
