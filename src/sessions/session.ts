import type { Refusal } from '../errors.ts'
import { DAY_MS, HOUR_MS } from '../time.ts'

export const SESSION_COOKIE = 'metrion_session'
/** Sliding: a session that is used goes on. */
export const SESSION_MS = 30 * DAY_MS
/** How much of a session has to be gone before its end is moved; spares a write a request. */
export const SLIDE_AFTER_MS = HOUR_MS

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
