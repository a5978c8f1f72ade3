import { Hono } from 'hono'
import { requireMember } from './accounts/middleware.ts'
import { sessionRoutes } from './accounts/route.ts'
import { refuseCrossSite } from './accounts/session.ts'
import type { Env } from './env.ts'
import { refusalResponse, unexpectedResponse } from './error-response.ts'
import { healthRoutes } from './health/route.ts'
import { keyRoutes } from './keys/route.ts'
import { SealError } from './seal/seal.ts'
import { checkMasterKeys } from './seal/store.ts'
import { requestRoutes } from './logs/route.ts'
import { tokenRoutes } from './tokens/route.ts'

/** Everything but the proxy: the JSON routes of people who are signed in. */
export const site = new Hono<{ Bindings: Env }>()

site.route('/healthz', healthRoutes)

site.use('/api/v1/*', async function guard(c, next) {
  const refusal = refuseCrossSite(c.req.method, c.req.raw.headers)
  if (refusal) return refusalResponse(refusal)
  // Whoever seals under a wrong secret would lock people out of what is sealed from then on.
  await checkMasterKeys(c.env)
  await next()
  c.header('cache-control', 'no-store')
  return undefined
})
site.route('/api/v1/session', sessionRoutes)
for (const path of ['/api/v1/tokens/*', '/api/v1/provider-keys/*', '/api/v1/requests/*']) {
  site.use(path, requireMember)
}
site.route('/api/v1/tokens', tokenRoutes)
site.route('/api/v1/provider-keys', keyRoutes)
site.route('/api/v1/requests', requestRoutes)

site.get('/join', (c) =>
  c.text(
    `A one-time link for Metrion. Its code lets you in once:\n\n  curl -c jar ${new URL(c.req.url).origin}/api/v1/session -d '{"code": "…", "name": "your name"}'\n`,
  ),
)

site.notFound((c) =>
  refusalResponse({ reason: 'not_found', what: `${c.req.method} ${c.req.path}` }),
)

site.onError((error, c) => {
  if (error instanceof SealError) {
    console.error('master keys', error.message)
    return refusalResponse({ reason: 'master_key_wrong', problem: error.message })
  }
  return unexpectedResponse(error, c.req.path)
})
