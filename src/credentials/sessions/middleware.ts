import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { accessEmail } from './access-store.ts'
import type { Env } from '../../env.ts'
import { signInPath } from '../../http/return-path.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { SESSION_MS, sessionCookie, sessionSecrets } from './session.ts'
import { endSession, findMember, findMemberByAccess, type Member } from './store.ts'

export interface SignedIn {
  Bindings: Env
  Variables: { member: Member }
}

type AnyContext = Context<{ Bindings: Env }> | Context<SignedIn>

/** The member that Cloudflare Access names, if there is one; otherwise the member of the session. */
export async function findMemberOf(env: Env, request: Request): Promise<Member | null> {
  const email = await accessEmail(env, request.headers)
  const known = email === null ? null : await findMemberByAccess(env.DB, email)
  if (known !== null) return known
  return (await findSession(env, request))?.member ?? null
}

/** The valid session among a request's cookies. Null: there is none. */
async function findSession(
  env: Env,
  request: Request,
): Promise<{ secret: string; member: Member } | null> {
  for (const secret of secretsOf(request)) {
    const member = await findMember(env.DB, secret, Date.now())
    if (member !== null) return { secret, member }
  }
  return null
}

const secretsOf = ({ url, headers }: Request): string[] =>
  sessionSecrets(headers.get('cookie'), sessionCookie(new URL(url)))

/** The secret of the request's session; '' if there is none. */
export const currentSecret = async (env: Env, request: Request): Promise<string> =>
  (await findSession(env, request))?.secret ?? ''

const READING: readonly string[] = ['GET', 'HEAD']
/** What viewers may change: how they themselves sign in. */
const OWN_ACCESS = /^\/(passkeys|settings\/(passkeys|sessions|me))(\/|$)/

/** A viewer reads and changes nothing of the account. */
const mayNotChange = (
  { role }: Member,
  { method, path }: { method: string; path: string },
): boolean => role === 'viewer' && !READING.includes(method) && !OWN_ACCESS.test(path)

/** Lets signed-in members through. */
export const requireMember = createMiddleware<SignedIn>(async function requireMember(c, next) {
  const member = await findMemberOf(c.env, c.req.raw)
  if (member === null) return refusalResponse({ reason: 'session_missing' })
  if (mayNotChange(member, c.req)) return refusalResponse({ reason: 'viewer_reads' })
  c.set('member', member)
  await next()
  return undefined
})

/** The same for pages: others are redirected to the sign-in page, which leads back. */
export const requireViewer = createMiddleware<SignedIn>(async function requireViewer(c, next) {
  const member = await findMemberOf(c.env, c.req.raw)
  if (member === null) return c.redirect(signInPath(c.req.method, c.req.url), 303)
  if (mayNotChange(member, c.req)) return c.redirect('/settings?notice=viewers-read', 303)
  c.set('member', member)
  await next()
  return undefined
})

/** For forms that only owners may submit. Others are redirected to a notice that says so. */
export const requireOwner = createMiddleware<SignedIn>(async function requireOwner(c, next) {
  if (c.get('member').role !== 'owner') return c.redirect('/settings?notice=owners-only', 303)
  await next()
  return undefined
})

/** Limits sign-in attempts by IP address. If the limiter fails, requests pass. */
export const limitAttempts = createMiddleware<{ Bindings: Env }>(
  async function limitAttempts(c, next) {
    const address = c.req.header('cf-connecting-ip')
    const limiter = c.env.SIGN_IN_LIMIT
    if (limiter && c.req.method === 'POST' && address !== undefined) {
      const { success } = await limiter.limit({ key: address }).catch(() => ({
        success: true,
      }))
      if (!success) return refusalResponse({ reason: 'too_many_attempts' })
    }
    await next()
    return undefined
  },
)

export function startSession(c: AnyContext, secret: string): void {
  const url = new URL(c.req.url)
  setCookie(c, sessionCookie(url), secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    // Browsers refuse Secure cookies over plain http, which a local deployment uses.
    secure: url.protocol === 'https:',
    maxAge: SESSION_MS / 1000,
  })
}

/** The User-Agent header, 300 characters at most, for the list of sessions. */
export const userAgentOf = (request: Request): string | null =>
  request.headers.get('user-agent')?.slice(0, 300) ?? null

export async function stopSession(c: AnyContext): Promise<void> {
  for (const secret of secretsOf(c.req.raw)) await endSession(c.env.DB, secret)
  const url = new URL(c.req.url)
  deleteCookie(c, sessionCookie(url), { path: '/', secure: url.protocol === 'https:' })
}
