import type { Refusal } from '../../http/refusals.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'

/** Sliding: a session that is used goes on. */
export const SESSION_MS = 30 * DAY_MS
/** How much of a session has to be gone before its end is moved; spares a write a request. */
export const SLIDE_AFTER_MS = HOUR_MS

const NAME = 'metrion_session'
/** Where it is https, the name that browsers take from this host alone, over https alone (RFC 6265bis §4.1.3.2). */
export const HOST_COOKIE = `__Host-${NAME}`

/**
 * What the cookie of a session is called under a URL. Browsers refuse that name from plain http, and keep
 * cookies by host whatever the port: two deployments on one machine must not sign each other out.
 */
export function sessionCookie({ protocol, port }: Pick<URL, 'protocol' | 'port'>): string {
  return protocol === 'https:' ? HOST_COOKIE : `${NAME}_${port || '80'}`
}

/** Every cookie of that name: somebody else on the host may have set one more, of another path. */
export function sessionSecrets(cookies: string | null, name: string): string[] {
  const values = (cookies ?? '').split(';').flatMap((cookie) => {
    const [key = '', ...value] = cookie.split('=')
    return key.trim() === name ? [value.join('=').trim()] : []
  })
  return values.filter((value) => SECRET.test(value)).slice(0, MOST_COOKIES)
}

/** What `newSecret` makes; anything else spares the database the question. */
const SECRET = /^[\w-]{43}$/
const MOST_COOKIES = 5

/** A secret of 256 random bits, for sessions; only its hash is stored. */
export function newSecret(): string {
  return crypto
    .getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: 'base64url', omitPadding: true })
}

/**
 * Whether an unsafe request comes from elsewhere in a browser. Programs send neither header, and have
 * no cookie that another site could make use of.
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
