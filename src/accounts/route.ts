import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import type { Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { SESSION_COOKIE, SESSION_MS } from './session.ts'
import { endSession, redeemInvitation } from './store.ts'

const signIn = z.object({
  code: z.string({ error: 'send the code of a one-time link' }).min(1).max(200),
  name: z
    .string({ error: 'send your name' })
    .trim()
    .min(1, 'send your name')
    .max(100, 'use at most 100 characters'),
})

export const sessionRoutes = new Hono<{ Bindings: Env }>()

sessionRoutes.post('/', async (c) => {
  const input = await readJsonInput(signIn, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const entered = await redeemInvitation(c.env.DB, input.code, input.name, Date.now())
  if (entered === null) return refusalResponse({ reason: 'code_invalid' })

  setCookie(c, SESSION_COOKIE, entered.sessionSecret, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    // Browsers refuse Secure cookies from plain http, which is how a local deployment is reached.
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: SESSION_MS / 1000,
  })
  const { accountId, accountName, ...member } = entered.member
  return c.json({ account: { id: accountId, name: accountName }, member }, 201)
})

sessionRoutes.delete('/', async (c) => {
  const secret = getCookie(c, SESSION_COOKIE)
  if (secret) await endSession(c.env.DB, secret)
  deleteCookie(c, SESSION_COOKIE, { path: '/' })
  return c.body(null, 204)
})
