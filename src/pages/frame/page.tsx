import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { listTokens } from '../../credentials/tokens/store.ts'
import { tokenTitle } from '../../credentials/tokens/names-store.ts'
import { dollars } from '../../http/format.ts'
import { readZone, ZONE_COOKIE } from '../../http/zone.ts'
import type { UsageQuery } from '../../reports/usage/input.ts'
import { readUsage } from '../../reports/usage/store.ts'
import { fitToSums } from '../../reports/usage/granularity-store.ts'
import { addUp, COSTS, costOf } from '../../reports/usage/present.ts'
import { listChoices, MOST_CHOICES } from '../../reports/requests/choices-store.ts'
import { statesOf } from '../../spend/budgets/route.ts'
import { listBudgets } from '../../spend/budgets/store.ts'
import { listViews } from '../../people/views/store.ts'
import { INNER_PAGES, PAGE_GROUPS, SPECULATION_RULES } from '../../web/pages.ts'
import { rangeOf } from '../dashboard/range.ts'
import { SECTIONS } from '../settings/frame.tsx'
import { nearestOf } from './nearest.ts'

/** A budget far beyond its limit is just that. */
const MOST_PERCENT = 999

/** The parts of the frame that scripts load after the page: they must not delay it. */
export const framePages = new Hono<SignedIn>()

/** What the account has spent this month, and its nearest budget. */
framePages.get('/state', async (c) => {
  const { accountId } = c.get('member')
  const zone = readZone(getCookie(c, ZONE_COOKIE))
  const nowMs = Date.now()
  const { fromMs, beforeMs } = rangeOf('month', nowMs, zone)
  const asked: UsageQuery = {
    fromMs,
    beforeMs,
    zone,
    interval: undefined,
    model: [],
    requester: [],
    token: [],
  }
  const query = await fitToSums(c.env.LEDGER, accountId, asked)
  const [usage, budgets] = await Promise.all([
    readUsage(c.env.LEDGER, accountId, query, { measures: COSTS }),
    listBudgets(c.env, accountId),
  ])
  const states = budgets.length === 0 ? null : await statesOf(c.env, accountId)
  const nearest = nearestOf(budgets, states)
  return c.html(
    <>
      <a href="/dashboard?range=month">
        <span>This month</span>
        <strong>{dollars(costOf(addUp(usage.cells)))}</strong>
      </a>
      {nearest && (
        <a href={`/limits/${nearest.id}`}>
          <span title={nearest.name}>{nearest.name}</span>
          <strong>
            {nearest.percent > MOST_PERCENT ? `over ${MOST_PERCENT}` : nearest.percent}%
          </strong>
          <meter
            min={0}
            max={100}
            high={80}
            optimum={0}
            value={Math.min(nearest.percent, 100)}
            aria-label={`${nearest.name}: ${nearest.percent}% of the limit spent`}
          ></meter>
        </a>
      )}
    </>,
  )
})

const linked = (kind: string, name: string, values: readonly string[]) =>
  values.map((value) => ({
    kind,
    title: value,
    url: `/dashboard?${new URLSearchParams({ [name]: value }).toString()}`,
  }))

/** Of a name: `x-metrion-user` has at most 200 characters. */
const MOST_TYPED = 200

/** Where the command palette leads: pages, requesters, models and tokens. */
framePages.get('/palette', async (c) => {
  const { accountId } = c.get('member')
  const [choices, tokens, views] = await Promise.all([
    listChoices(c.env.LEDGER, accountId),
    listTokens(c.env, accountId),
    listViews(c.env.DB, accountId),
  ])
  const { account: _settings, ...sections } = SECTIONS
  const pages = [
    ...PAGE_GROUPS.flatMap((group) => group.pages),
    ...INNER_PAGES,
    ...Object.values(sections),
  ]
  const targets = [
    ...pages.map(({ title, path }) => ({ kind: 'Page', title, url: path })),
    ...views.map(({ name, path }) => ({ kind: 'View', title: name, url: path })),
    ...linked('Requester', 'requester', choices.requesters),
    ...linked('Model', 'model', choices.models),
    ...tokens.map((token) => ({
      kind: token.revokedAtMs === null ? 'Token' : 'Revoked token',
      title: tokenTitle(token),
      url: token.revokedAtMs === null ? `/tokens/${token.id}` : `/dashboard?token=${token.id}`,
    })),
  ]
  const isComplete = Object.values(choices).every(({ length }) => length < MOST_CHOICES)
  return c.json({ targets, isComplete })
})

/** The models and requesters that start with what was typed, of accounts with more of them than the palette loads. */
framePages.get('/names', async (c) => {
  const { accountId } = c.get('member')
  const prefix = (c.req.query('prefix') ?? '').slice(0, MOST_TYPED)
  const { requesters, models } = await listChoices(c.env.LEDGER, accountId, prefix)
  return c.json([
    ...linked('Requester', 'requester', requesters),
    ...linked('Model', 'model', models),
  ])
})

/**
 * Pages are fetched while the pointer rests on their links.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Speculation-Rules
 */
framePages.get('/speculation-rules', (c) =>
  c.body(SPECULATION_RULES, 200, { 'content-type': 'application/speculationrules+json' }),
)
