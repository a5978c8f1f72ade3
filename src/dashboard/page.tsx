import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { isRefusal } from '../errors.ts'
import { readInput } from '../input.ts'
import { toQuery } from '../logs/filter.ts'
import type { SignedIn } from '../sessions/middleware.ts'
import { readAccountSettings } from '../settings/account/store.ts'
import { listTokens } from '../tokens/store.ts'
import type { UsageQuery } from '../usage/input.ts'
import { readUsage } from '../usage/store.ts'
import { ErrorPage } from '../web/error-page.tsx'
import { readZone, ZONE_COOKIE } from '../web/zone.ts'
import { toWire } from '../wire-error.ts'
import { dashboardQuery } from './input.ts'
import { rangeOf } from './range.ts'
import { dearest } from './series.ts'
import { DashboardPage } from './view.tsx'

export const dashboardPages = new Hono<SignedIn>()

dashboardPages.get('/', async (c) => {
  const input = readInput(dashboardQuery, toQuery(c.req.queries()))
  if (isRefusal(input)) {
    const { message } = toWire(input)
    return c.html(<ErrorPage title="This address does not work" message={message} />, 400)
  }
  const { accountId, accountName, name } = c.get('member')
  const zone = readZone(getCookie(c, ZONE_COOKIE))
  const nowMs = Date.now()
  const { comparedFromMs, ...range } = rangeOf(input.range, nowMs, zone)
  const { by, range: _name, ...filter } = input
  const asked = { ...filter, zone, ...range }
  const { interval: _, ...whole } = asked
  const read = (query: UsageQuery, withLatency = false): ReturnType<typeof readUsage> =>
    readUsage(c.env.LEDGER, accountId, query, withLatency)
  const [all, before, model, requester, token, names, currency] = await Promise.all([
    read(asked, true),
    read({ ...whole, fromMs: comparedFromMs, beforeMs: range.fromMs }, true),
    read({ ...whole, groupBy: 'model' }),
    read({ ...whole, groupBy: 'requester' }),
    read({ ...whole, groupBy: 'token' }),
    listTokens(c.env, accountId),
    readAccountSettings(c.env.DB, accountId),
  ])
  const usage = { all, before, model, requester, token }
  const top = await read({ ...asked, groupBy: by, [by]: dearest(usage[by].cells) })
  return c.html(
    <DashboardPage
      viewer={{ name, accountName }}
      query={input}
      zone={zone}
      range={{ ...range, comparedFromMs }}
      nowMs={nowMs}
      usage={{ ...usage, top }}
      tokenNames={new Map(names.map((one) => [one.id, one.name]))}
      currency={currency}
    />,
  )
})
