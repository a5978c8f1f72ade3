import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { joining } from './input.ts'
import { startSession, stopSession, userAgentOf } from '../sessions/middleware.ts'
import { redeemInvitation } from './store.ts'

export const sessionRoutes = new Hono<{ Bindings: Env }>()

sessionRoutes.post('/', async (c) => {
  const input = await readJsonInput(joining, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const entered = await redeemInvitation(
    c.env.DB,
    input.code,
    input.name,
    Date.now(),
    userAgentOf(c.req.raw),
  )
  if (entered === null) return refusalResponse({ reason: 'code_invalid' })

  startSession(c, entered.sessionSecret)
  const { accountId, accountName, ...member } = entered.member
  return c.json({ account: { id: accountId, name: accountName }, member }, 201)
})

sessionRoutes.delete('/', async (c) => {
  await stopSession(c)
  return c.body(null, 204)
})
