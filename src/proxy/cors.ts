// Cross-origin calls of web pages: https://fetch.spec.whatwg.org/#http-cors-protocol
import { isAllowedAnywhere, names } from '../credentials/callers/origins-store.ts'
import type { Caller } from '../credentials/callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../http/refusals.ts'
import { RESPONSE_NAMES } from './headers.ts'

/** The origin of the calling web page, as the browser reports it; null: no browser, or a page of this deployment. */
export function callingOrigin(headers: Headers, url: URL): string | null {
  const origin = headers.get('origin')
  return origin === null || origin === url.origin ? null : origin.toLowerCase()
}

/** The refusal for a page whose origin is not allowed. */
export const refuseOrigin = (origin: string, url: URL): Refusal => ({
  reason: 'origin_not_allowed',
  origin: origin.slice(0, 100),
  settingsUrl: `${url.origin}/settings`,
})

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('access-control-request-method')

const MAX_AGE_SECONDS = 600

/**
 * A preflight does not identify the account; the request that follows does. So an origin is allowed here if
 * any account allows it.
 */
export async function answerPreflight(
  env: Env,
  request: Request,
  origin: string,
  url: URL,
): Promise<Response | Refusal> {
  const isAllowed = await isAllowedAnywhere(env, origin)
  if (isAllowed === null) return { reason: 'accounts_unavailable' }
  if (!isAllowed) return refuseOrigin(origin, url)
  const { headers } = request
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(headers),
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      // SDKs send their own headers, which differ by version.
      'access-control-allow-headers':
        headers.get('access-control-request-headers') ?? 'authorization',
      'access-control-max-age': String(MAX_AGE_SECONDS),
      vary: 'Origin, Access-Control-Request-Headers',
    },
  })
}

const EXPOSED = RESPONSE_NAMES.join(', ')

const corsHeaders = (request: Headers): Record<string, string> => ({
  'access-control-allow-origin': request.get('origin') ?? '',
  'access-control-expose-headers': EXPOSED,
  vary: 'Origin',
})

/** Lets a web page read the response. */
export function shareWith(request: Headers, response: Response): Response {
  // Not for WebSockets: CORS does not apply to them.
  if (response.status === 101) return response
  for (const [name, value] of Object.entries(corsHeaders(request)))
    response.headers.set(name, value)
  return response
}

/** Whether the request's account allows calls from web pages of an origin. */
export const isAllowedBy = ({ settings }: Caller, origin: string): boolean =>
  names(new Set(settings.allowedOrigins), origin)
