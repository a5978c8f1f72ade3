import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { SESSION_COOKIE } from './session.ts'
import { findMember, type Member } from './store.ts'

export interface SignedIn {
  Bindings: Env
  Variables: { member: Member }
}

/** Lets through whoever is signed in. */
export const requireMember = createMiddleware<SignedIn>(async function requireMember(c, next) {
  const secret = getCookie(c, SESSION_COOKIE)
  const member = secret ? await findMember(c.env.DB, secret, Date.now()) : null
  if (member === null) return refusalResponse({ reason: 'session_missing' })
  c.set('member', member)
  await next()
  return undefined
})
