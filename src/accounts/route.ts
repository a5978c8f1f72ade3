import { Hono, type Context } from 'hono'
import type { Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { joining } from './input.ts'
import { startSession, stopSession, userAgentOf } from '../sessions/middleware.ts'
import type { Member } from '../sessions/store.ts'
import { redeemInvitation } from './store.ts'

export const sessionRoutes = new Hono<{ Bindings: Env }>()

/** Uses a one-time link up and signs its holder in on this browser. Null: it lets nobody in. */
export async function enter(
  c: Context<{ Bindings: Env }>,
  { code, name }: { code: string; name: string },
): Promise<Member | null> {
  const userAgent = userAgentOf(c.req.raw)
  const entered = await redeemInvitation(c.env.DB, code, name, Date.now(), userAgent)
  if (entered === null) return null
  startSession(c, entered.sessionSecret)
  return entered.member
}

sessionRoutes.post('/', async (c) => {
  const input = await readJsonInput(joining, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const entered = await enter(c, input)
  if (entered === null) return refusalResponse({ reason: 'code_invalid' })
  const { accountId, accountName, ...member } = entered
  return c.json({ account: { id: accountId, name: accountName }, member }, 201)
})

sessionRoutes.delete('/', async (c) => {
  await stopSession(c)
  return c.body(null, 204)
})
