import { Hono, type Context } from 'hono'
import { getCookie } from 'hono/cookie'
import * as z from 'zod'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { firstUuid, timeOfUuid } from '../../http/uuid.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { readAccountSettings } from '../../people/accounts/settings-store.ts'
import { listTokens } from '../../credentials/tokens/store.ts'
import { tokenTitle } from '../../credentials/tokens/names-store.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import { toWire } from '../../http/messages.ts'
import { readZone, ZONE_COOKIE } from '../../http/zone.ts'
import { readQuery, requestFilter } from '../../reports/requests/filter.ts'
import { presentRequest } from '../../reports/requests/present.ts'
import { RequestPage } from './request-view.tsx'
import { pageInput, sortProblem } from '../../reports/requests/input.ts'
import { listPage } from '../../reports/requests/page-store.ts'
import { countAll } from '../../reports/requests/count-store.ts'
import { listChoices } from '../../reports/requests/choices-store.ts'
import { listViews } from '../../people/views/store.ts'
import { hereOf } from '../views/here.ts'
import { chosenColumns } from './columns.tsx'
import { columnsInput } from './column-choice.tsx'
import {
  countRequests,
  findRequest,
  latestRequest,
  SEARCHED_ROWS,
  workOfRequest,
} from '../../reports/requests/store.ts'
import { LogsPage, type LogsProps } from './view.tsx'
import { RANGES } from '../dashboard/range.ts'
import { canonicalQuery, toApiQuery } from './view-query.ts'

export const logPages = new Hono<SignedIn>()

const ROWS = 100
const NEWS_ROWS = 1_000

const RANGE_NAMES = Object.keys(RANGES).join(', ')
/** `toApiQuery` has replaced valid presets by `from`, so a range that is left is invalid. */
const viewInput = pageInput
  .omit({ limit: true })
  .extend({
    range: z.never(`use one of ${RANGE_NAMES}`).optional(),
    columns: columnsInput,
  })
  .strict()

const zoneOf = (c: Context<SignedIn>): string => readZone(getCookie(c, ZONE_COOKIE))

type View = z.output<typeof viewInput>
const NEWEST_FIRST = { sort: 'time', order: 'desc' } as const

function readView(queries: Record<string, string[]>): View | Refusal {
  const input = readQuery(viewInput, queries)
  return isRefusal(input) ? input : (sortProblem({ ...input, limit: ROWS }) ?? input)
}

/** The parameters that an export accepts: the filters, without the other parameters of the URL. */
function filterOf(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name in requestFilter.shape))
}

/** The values of a query by name, in the shape of `c.req.queries()`. */
const queriesOf = (query: URLSearchParams): Record<string, string[]> =>
  Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]))

logPages.get('/', async (c) => {
  const zone = zoneOf(c)
  const nowMs = Date.now()
  const params = new URL(c.req.url).searchParams
  const view = canonicalQuery(params, zone)
  if (view.toString() !== params.toString()) return c.redirect(`/logs?${view.toString()}`, 303)

  const { accountId, accountName, name, role } = c.get('member')
  const apiQuery = toApiQuery(view, nowMs, zone)
  const cursor = view.get('cursor')
  if (cursor !== null) apiQuery.set('cursor', cursor)
  const input = readView(queriesOf(apiQuery))
  const [tokens, choices, currency, views, found] = await Promise.all([
    listTokens(c.env, accountId),
    listChoices(c.env.LEDGER, accountId),
    readAccountSettings(c.env.DB, accountId),
    listViews(c.env.DB, accountId),
    isRefusal(input) ? null : findRequests(c, input),
  ])
  const names = new Map(tokens.map((token) => [token.id, tokenTitle(token)]))
  const shown: LogsProps['found'] = found && {
    requests: found.page.requests.map((row) => presentRequest(row, names)),
    nextCursor: found.page.nextCursor,
    newsAfter: found.newest,
    searchedBackToMs: found.searchedBackToMs,
    sums: found.sums,
    exportQuery: filterOf(apiQuery).toString(),
    columns: chosenColumns(isRefusal(input) ? [] : input.columns),
    sorted: isRefusal(input) ? NEWEST_FIRST : input,
    comparedFromMs: found.page.comparedFromMs,
  }
  return c.html(
    <LogsPage
      viewer={{ name, accountName }}
      view={view}
      zone={zone}
      choices={choices}
      tokens={tokens.map((token) => ({ id: token.id, name: tokenTitle(token) }))}
      currency={currency}
      found={shown}
      views={{ views, here: hereOf(c.req.url), mayChange: role !== 'viewer' }}
      problem={isRefusal(input) ? toWire(input).message : null}
      searchedRows={SEARCHED_ROWS}
    />,
    isRefusal(input) ? 400 : 200,
  )
})

async function findRequests(
  c: Context<SignedIn>,
  { columns: _columns, range: _range, ...input }: View,
) {
  const { accountId } = c.get('member')
  const [page, sums, latest] = await Promise.all([
    listPage(c.env.LEDGER, accountId, { ...input, limit: ROWS }),
    countAll(c.env.LEDGER, accountId, input),
    latestRequest(c.env.LEDGER, accountId),
  ])
  const isCutShort =
    input.sort === 'time' && page.nextCursor !== null && page.requests.length < ROWS
  // The newest request of all, not of the filter, so that a poll for news scans only newer requests.
  return {
    page,
    sums,
    newest: latest?.id ?? firstUuid(0),
    searchedBackToMs: isCutShort ? timeOfUuid(page.nextCursor!) : null,
  }
}

/** The number of matching requests that arrived after the id `after`; polled by the script. */
logPages.get('/news', async (c) => {
  const view = canonicalQuery(new URL(c.req.url).searchParams, zoneOf(c))
  const after = view.get('after')
  view.delete('after')
  const filter = readQuery(requestFilter, queriesOf(toApiQuery(view, Date.now(), zoneOf(c))))
  if (isRefusal(filter) || !after) return c.json({ requests: 0 })
  const { accountId } = c.get('member')
  const { requests } = await countRequests(c.env.LEDGER, accountId, filter, {
    after,
    searchedRows: NEWS_ROWS,
  })
  return c.json({ requests })
})

logPages.get('/:id', async (c) => {
  const { accountId, accountName, name } = c.get('member')
  const [row, tokens, currency] = await Promise.all([
    findRequest(c.env.LEDGER, accountId, c.req.param('id')),
    listTokens(c.env, accountId),
    readAccountSettings(c.env.DB, accountId),
  ])
  if (row === null)
    return c.html(
      <ErrorPage
        viewer={c.get('member')}
        title="Request not found"
        message="Your account has no request with this ID. It may be older than the retention period."
      />,
      404,
    )
  const names = new Map(tokens.map((token) => [token.id, tokenTitle(token)]))
  const work = await workOfRequest(c.env.LEDGER, accountId, row)
  return c.html(
    <RequestPage
      viewer={{ name, accountName }}
      request={presentRequest(row, names)}
      work={work}
      allowedModels={tokens.find(({ id }) => id === row.tokenId)?.models ?? null}
      zone={zoneOf(c)}
      currency={currency}
      nowMs={Date.now()}
    />,
  )
})
