import { Hono, type Context } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import {
  findMemberOf,
  limitAttempts,
  requireMember,
  requireViewer,
  type SignedIn,
} from './credentials/sessions/middleware.ts'
import { channelRoutes } from './alerts/channels/route.ts'
import { alertRoutes } from './alerts/rules/route.ts'
import { alertPages } from './pages/alerts/page.tsx'
import { managementKeyRoutes } from './billing/keys/route.ts'
import { billPages } from './pages/bill/page.tsx'
import { accountPages } from './pages/accounts/page.tsx'
import { sessionRoutes } from './people/accounts/route.ts'
import { refuseCrossSite } from './credentials/sessions/session.ts'
import { requireReader } from './credentials/api-tokens/middleware.ts'
import { dashboardPages } from './pages/dashboard/page.tsx'
import type { Env } from './env.ts'
import { refusalResponse, unexpectedResponse } from './http/refusal-response.ts'
import type { Refusal } from './http/refusals.ts'
import { failureRoutes } from './reports/failures/route.ts'
import { metricsRoute } from './exports/metrics/route.ts'
import { focusRoute } from './reports/focus/route.ts'
import { framePages } from './pages/frame/page.tsx'
import { healthPages } from './pages/health/page.tsx'
import { healthRoutes, ledgerHealthRoutes } from './reports/health/route.ts'
import { integratePages } from './pages/integrate/page.tsx'
import { keyRoutes } from './credentials/keys/route.ts'
import { limitPages } from './pages/limits/page.tsx'
import { logPages } from './pages/logs/page.tsx'
import { sessionSumRoutes } from './reports/sessions/route.ts'
import { tagRoutes } from './reports/tags/route.ts'
import { exportRoute, requestRoutes } from './reports/requests/route.ts'
import { hasHadRequests, latestRequest } from './reports/requests/store.ts'
import { PREFIX } from './xai/match.ts'
import { passkeyRoutes, signInRoutes } from './people/passkeys/route.ts'
import { signUpPages } from './pages/sign-up/page.tsx'
import { signUpRoutes } from './people/sign-up/route.ts'
import { documentRoutes } from './pages/reference/route.ts'
import { referencePages } from './pages/reference/page.tsx'
import { SealError } from './credentials/seal/seal.ts'
import { checkMasterKeys } from './credentials/seal/store.ts'
import { budgetRoutes } from './spend/budgets/route.ts'
import { tokenPages } from './pages/tokens/page.tsx'
import { sessionPages } from './pages/sessions/page.tsx'
import { viewPages } from './pages/views/page.tsx'
import { settingsPages } from './pages/settings/page.tsx'
import { tokenRoutes } from './credentials/tokens/route.ts'
import { usageRoutes } from './reports/usage/route.ts'
import { ErrorPage } from './web/error-page.tsx'
import { toWire } from './http/messages.ts'

type Site = { Bindings: Env }

/** Everything except the proxy: pages, and the JSON routes for members and API tokens. */
export const site = new Hono<Site>()

// A pass cannot be guessed; this spares the database.
site.use('/healthz/doctor', limitAttempts)
site.route('/healthz', healthRoutes)

// No inline script or style anywhere, so that text from a user or from xAI can never run as one.
const SELF = ["'self'"]
site.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: SELF,
      connectSrc: SELF,
      formAction: SELF,
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
  }),
)

site.use(async function guard(c, next) {
  const refusal = refuseCrossSite(c.req.method, c.req.raw.headers)
  if (refusal) return refuse(c, refusal)
  // Sealing under a wrong master key would lock people out of everything sealed from then on.
  await checkMasterKeys(c.env)
  await next()
  c.header('cache-control', 'no-store')
  if (c.res.headers.get('content-type')?.startsWith('text/html'))
    c.header('speculation-rules', '"/frame/speculation-rules"')
  return undefined
})

// Limits POSTs. Opening a link consumes nothing, and reveals only that it is a link.
for (const path of ['/join', '/access', '/sign-in/*', '/sign-up/*', '/api/v1/session']) {
  site.use(path, limitAttempts)
}
site.route('/api/v1/session', sessionRoutes)
for (const path of [
  'alerts/*',
  'budgets/*',
  'channels/*',
  'management-keys/*',
  'tokens/*',
  'provider-keys/*',
  'ledger/*',
]) {
  site.use(`/api/v1/${path}`, requireMember)
}
site.route('/api/v1/tokens', tokenRoutes)
site.route('/api/v1/budgets', budgetRoutes)
site.route('/api/v1/alerts', alertRoutes)
site.route('/api/v1/channels', channelRoutes)
site.route('/api/v1/management-keys', managementKeyRoutes)
site.route('/api/v1/provider-keys', keyRoutes)
for (const path of ['requests/*', 'errors/*', 'sessions/*', 'tags/*']) {
  site.use(`/api/v1/${path}`, requireReader('requests'))
}
for (const path of ['usage/*', 'latency/*']) site.use(`/api/v1/${path}`, requireReader('usage'))
site.route('/api/v1/requests', requestRoutes)
for (const format of ['csv', 'ndjson'] as const) {
  site.get(`/api/v1/requests.${format}`, requireReader('requests'), exportRoute(format))
}
site.get('/api/v1/usage.focus.csv', requireReader('usage'), focusRoute)
site.route('/api/v1/sessions', sessionSumRoutes)
site.route('/api/v1/tags', tagRoutes)
site.route('/api/v1', usageRoutes)
site.route('/api/v1/errors', failureRoutes)
site.get('/metrics', requireReader('usage'), metricsRoute)
site.route('/api/v1/openapi.json', documentRoutes)
site.route('/api/v1/ledger/health', ledgerHealthRoutes)

site.get('/', async (c) => {
  const member = await findMemberOf(c.env, c.req.raw)
  if (member === null) return c.redirect('/sign-in', 303)
  const latest = await latestRequest(c.env.LEDGER, member.accountId)
  const isNew = latest === null && !(await hasHadRequests(c.env.LEDGER, member.accountId))
  return c.redirect(isNew ? '/integrate' : '/dashboard', 303)
})
site.route('/', accountPages)
site.route('/sign-in', signInRoutes)
site.route('/sign-up', signUpPages)
site.route('/sign-up', signUpRoutes)
site.use('/passkeys/*', requireMember)
site.route('/passkeys', passkeyRoutes)
for (const path of [
  '/frame/*',
  '/integrate/*',
  '/dashboard/*',
  '/sessions/*',
  '/logs/*',
  '/alerts/*',
  '/bill/*',
  '/limits/*',
  '/settings/*',
  '/tokens/*',
  '/views/*',
  '/health/*',
  '/reference/*',
])
  site.use(path, requireViewer)
site.route('/settings', settingsPages)
site.route('/tokens', tokenPages)
site.route('/views', viewPages)
site.route('/integrate', integratePages)
site.route('/dashboard', dashboardPages)
site.route('/frame', framePages)
site.route('/sessions', sessionPages)
site.route('/logs', logPages)
site.route('/alerts', alertPages)
site.route('/bill', billPages)
site.route('/limits', limitPages)
site.route('/health', healthPages)
site.route('/reference', referencePages)

// A client may drop the path of its base URL, as some do for WebSockets.
site.notFound((c) => {
  const { origin, pathname } = new URL(c.req.url)
  const path = `${c.req.method} ${pathname.slice(0, 100)}`
  return pathname.startsWith('/v1/')
    ? refusalResponse({ reason: 'base_path_missing', path, base: `${origin}${PREFIX}` })
    : refuse(c, { reason: 'not_found', what: path })
})

site.onError((error, c) => {
  if (error instanceof SealError) {
    console.error('master keys', error.message)
    return refuse(c, { reason: 'master_key_wrong', problem: error.message })
  }
  return unexpectedResponse(error, c.req.path)
})

function refuse(c: Context<Site>, refusal: Refusal): Response | Promise<Response> {
  const wantsPage = c.req.header('accept')?.includes('text/html') && !c.req.path.startsWith('/api/')
  if (!wantsPage) return refusalResponse(refusal)
  const { status, message } = toWire(refusal)
  const { member: viewer = null } = c.var as Partial<SignedIn['Variables']>
  const title = status === 404 ? 'There is no such page' : 'That did not work'
  return c.html(<ErrorPage viewer={viewer} title={title} message={message} />, status as 404)
}
