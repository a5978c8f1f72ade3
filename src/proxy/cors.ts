// Cross-origin calls of web pages: https://fetch.spec.whatwg.org/#http-cors-protocol
import { isAllowedAnywhere, names } from '../credentials/origins/store.ts'
import type { Caller } from '../credentials/callers/store.ts'
import type { Env } from '../env.ts'
import type { Refusal } from '../http/refusals.ts'
import { RESPONSE_NAMES } from './headers.ts'

/** The page that a browser says is calling; null: no browser, or a page of this deployment itself. */
export function callingOrigin(headers: Headers, url: URL): string | null {
  const origin = headers.get('origin')
  return origin === null || origin === url.origin ? null : origin.toLowerCase()
}

/** What is told of whoever may not call. */
export const refuseOrigin = (origin: string, url: URL): Refusal => ({
  reason: 'origin_not_allowed',
  origin: origin.slice(0, 100),
  settingsUrl: `${url.origin}/settings`,
})

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('access-control-request-method')

const MAX_AGE_SECONDS = 600

/**
 * A preflight says nothing of the account, which comes with the request that follows: it is answered by
 * what any account allows.
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
      // SDKs send headers of their own, which differ by version.
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

/** Lets a web page read an answer. */
export function shareWith(request: Headers, response: Response): Response {
  // A socket's answer has none of this: browsers ask no leave for sockets.
  if (response.status === 101) return response
  for (const [name, value] of Object.entries(corsHeaders(request)))
    response.headers.set(name, value)
  return response
}

/** Whether the account of a request lets web pages of an origin call. */
export const isAllowedBy = ({ settings }: Caller, origin: string): boolean =>
  names(new Set(settings.allowedOrigins), origin)
