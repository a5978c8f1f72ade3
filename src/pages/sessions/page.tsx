import { Hono, type Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { tokenTitles } from '../../credentials/tokens/names-store.ts'
import { toWire } from '../../http/messages.ts'
import { readInput } from '../../http/input.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { readZone, ZONE_COOKIE } from '../../http/zone.ts'
import { readQuery } from '../../reports/requests/filter.ts'
import { presentRequest } from '../../reports/requests/present.ts'
import { EVERYTHING, listRequests } from '../../reports/requests/store.ts'
import { costUpTo, findSession, listSessions } from '../../reports/sessions/store.ts'
import { readTags } from '../../reports/tags/store.ts'
import { ErrorPage } from '../../web/error-page.tsx'
import { DetailPage } from './detail-view.tsx'
import { detailQuery, listQuery, momentsOf, tagsQuery } from './input.ts'
import { ListPage } from './list-view.tsx'
import { TagsPage } from './tags-view.tsx'

export const sessionPages = new Hono<SignedIn>()

const zoneOf = (c: Context<SignedIn>): string => readZone(getCookie(c, ZONE_COOKIE))

const refused = (c: Context<SignedIn>, refusal: Refusal) =>
  c.html(
    <ErrorPage
      viewer={c.get('member')}
      title="Invalid address"
      message={toWire(refusal).message}
    />,
    400,
  )

sessionPages.get('/', async (c) => {
  const query = readQuery(listQuery, c.req.queries())
  if (isRefusal(query)) return refused(c, query)
  const { accountId, accountName, name } = c.get('member')
  const zone = zoneOf(c)
  const { range, ...input } = query
  const moments = momentsOf(range, Date.now(), zone)
  const found = await listSessions(c.env.LEDGER, accountId, { ...input, ...moments })
  const viewer = { name, accountName }
  return c.html(<ListPage viewer={viewer} range={range} zone={zone} query={query} found={found} />)
})

sessionPages.get('/tags', async (c) => {
  const query = readQuery(tagsQuery, c.req.queries())
  if (isRefusal(query)) return refused(c, query)
  const { accountId, accountName, name } = c.get('member')
  const zone = zoneOf(c)
  const moments = momentsOf(query.range, Date.now(), zone)
  const { model, requester, token } = EVERYTHING
  const input = { ...moments, model, requester, token }
  const all = await readTags(c.env.LEDGER, accountId, input)
  const names = all.tags.map(({ key }) => key)
  const shown = query.name ?? names[0] ?? null
  const found =
    shown === null ? all : await readTags(c.env.LEDGER, accountId, { ...input, name: shown })
  return c.html(
    <TagsPage
      viewer={{ name, accountName }}
      range={query.range}
      zone={zone}
      name={shown}
      names={names}
      found={found}
      moments={moments}
    />,
  )
})

const ROWS = 100

sessionPages.get('/detail', async (c) => {
  // Elsewhere a session may be named more than once.
  const query = readInput(detailQuery, c.req.query())
  if (isRefusal(query)) return refused(c, query)
  const { accountId, accountName, name } = c.get('member')
  const ledger = c.env.LEDGER
  const { session: asked, cursor } = query
  const filter = { ...EVERYTHING, session: [asked] }
  const [session, page, names, before] = await Promise.all([
    findSession(ledger, accountId, asked),
    listRequests(ledger, accountId, filter, ROWS, cursor, { order: 'asc' }),
    tokenTitles(c.env, accountId),
    cursor === null ? 0 : costUpTo(ledger, accountId, asked, cursor),
  ])
  if (session === null)
    return c.html(
      <ErrorPage
        viewer={c.get('member')}
        title="Session not found"
        message="Your account has no requests of this session. They may be older than the retention period."
      />,
      404,
    )
  let ticks = before ?? 0
  const running = page.requests.map(({ costTicks }) => (ticks += costTicks ?? 0))
  return c.html(
    <DetailPage
      viewer={{ name, accountName }}
      session={session}
      requests={page.requests.map((row) => presentRequest(row, names))}
      runningTicks={before === null ? null : running}
      nextCursor={page.nextCursor}
      zone={zoneOf(c)}
    />,
  )
})
