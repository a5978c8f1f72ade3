import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { parse } from 'hono/utils/cookie'
import { accessEmail } from '../access/store.ts'
import type { Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { SESSION_COOKIE, SESSION_MS } from './session.ts'
import { endSession, findMember, findMemberByAccess, type Member } from './store.ts'

export interface SignedIn {
  Bindings: Env
  Variables: { member: Member }
}

type AnyContext = Context<{ Bindings: Env }> | Context<SignedIn>

/** Whom Cloudflare Access vouches for, where that is one of ours; else whose session it is. */
export async function findMemberOf(env: Env, request: Request): Promise<Member | null> {
  const email = await accessEmail(env, request.headers)
  const known = email === null ? null : await findMemberByAccess(env.DB, email)
  if (known !== null) return known
  const { [SESSION_COOKIE]: secret } = parse(request.headers.get('cookie') ?? '', SESSION_COOKIE)
  return secret ? findMember(env.DB, secret, Date.now()) : null
}

/** Lets through whoever is signed in. */
export const requireMember = createMiddleware<SignedIn>(async function requireMember(c, next) {
  const member = await findMemberOf(c.env, c.req.raw)
  if (member === null) return refusalResponse({ reason: 'session_missing' })
  c.set('member', member)
  await next()
  return undefined
})

/** The same for pages: others are shown the way in. */
export const requireViewer = createMiddleware<SignedIn>(async function requireViewer(c, next) {
  const member = await findMemberOf(c.env, c.req.raw)
  if (member === null) return c.redirect('/sign-in', 303)
  c.set('member', member)
  await next()
  return undefined
})

/** For forms that only owners may send; others are told so on the page. */
export const requireOwner = createMiddleware<SignedIn>(async function requireOwner(c, next) {
  if (c.get('member').role !== 'owner') return c.redirect('/settings?notice=owners-only', 303)
  await next()
  return undefined
})

/** Slows down whoever tries to come in over and over. Nobody is kept out by a limiter that fails. */
export const limitAttempts = createMiddleware<{ Bindings: Env }>(
  async function limitAttempts(c, next) {
    const address = c.req.header('cf-connecting-ip')
    if (c.req.method === 'POST' && address !== undefined) {
      const { success } = await c.env.SIGN_IN_LIMIT.limit({ key: address }).catch(() => ({
        success: true,
      }))
      if (!success) return refusalResponse({ reason: 'too_many_attempts' })
    }
    await next()
    return undefined
  },
)

export function startSession(c: AnyContext, secret: string): void {
  setCookie(c, SESSION_COOKIE, secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    // Browsers refuse Secure cookies from plain http, which is how a local deployment is reached.
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: SESSION_MS / 1000,
  })
}

/** What a browser says it is, for the list of sessions. */
export const userAgentOf = (request: Request): string | null =>
  request.headers.get('user-agent')?.slice(0, 300) ?? null

export async function stopSession(c: AnyContext): Promise<void> {
  const secret = getCookie(c, SESSION_COOKIE)
  if (secret) await endSession(c.env.DB, secret)
  deleteCookie(c, SESSION_COOKIE, { path: '/' })
}
