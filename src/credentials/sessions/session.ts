import type { Refusal } from '../../http/refusals.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** Sliding: using a session extends it. */
export const SESSION_MS = 30 * DAY_MS
/** A session is extended at most this often, which saves a write per request. */
export const SLIDE_AFTER_MS = HOUR_MS

const NAME = 'metrion_session'
/** The name over https: browsers accept it from this host only, over https only (RFC 6265bis §4.1.3.2). */
export const HOST_COOKIE = `__Host-${NAME}`

/**
 * The name of the session cookie for a URL. Browsers refuse a `__Host-` name over plain http. They keep cookies
 * by host whatever the port, so the port is in the name: two deployments on one machine must not sign each
 * other out.
 */
export function sessionCookie({ protocol, port }: Pick<URL, 'protocol' | 'port'>): string {
  return protocol === 'https:' ? HOST_COOKIE : `${NAME}_${port || '80'}`
}

/** Every cookie of that name: another program on the host may have set one with another path. */
export function sessionSecrets(cookies: string | null, name: string): string[] {
  const values = (cookies ?? '').split(';').flatMap((cookie) => {
    const [key = '', ...value] = cookie.split('=')
    return key.trim() === name ? [value.join('=').trim()] : []
  })
  return values.filter((value) => SECRET.test(value)).slice(0, MOST_COOKIES)
}

/** The format of `newSecret`. Anything else is not looked up in the database. */
const SECRET = /^[\w-]{43}$/
const MOST_COOKIES = 5

/** A secret of 256 random bits, for sessions; only its hash is stored. */
export function newSecret(): string {
  return crypto
    .getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: 'base64url', omitPadding: true })
}

/**
 * Refuses unsafe requests that a browser sends from another site. Programs send neither header, and have no
 * cookie that another site could use.
 */
export function refuseCrossSite(method: string, headers: Headers): Refusal | null {
  if (method === 'GET' || method === 'HEAD') return null
  const site = headers.get('sec-fetch-site')
  if (site !== null)
    return site === 'same-origin' || site === 'none' ? null : { reason: 'cross_site' }
  const origin = headers.get('origin')
  if (origin === null) return null
  const host = URL.canParse(origin) ? new URL(origin).host : null
  return host === headers.get('host') ? null : { reason: 'cross_site' }
}
