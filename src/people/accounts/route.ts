import { Hono, type Context } from 'hono'
import type { z } from 'zod'
import { accessEmail } from '../../credentials/sessions/access-store.ts'
import type { Env } from '../../env.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal, type Refusal } from '../../http/refusals.ts'
import { readJsonInput } from '../../http/input.ts'
import { joining } from './input.ts'
import { startSession, stopSession, userAgentOf } from '../../credentials/sessions/middleware.ts'
import { connectAccess, type Member } from '../../credentials/sessions/store.ts'
import { checkInvitation, redeemInvitation } from './store.ts'

export const sessionRoutes = new Hono<{ Bindings: Env }>()

/** Uses a one-time link up and signs its holder in on this browser. */
export async function enter(
  c: Context<{ Bindings: Env }>,
  { code, name, email }: z.output<typeof joining>,
): Promise<Member | Refusal> {
  const nowMs = Date.now()
  const { state, memberName } = await checkInvitation(c.env, code, nowMs)
  if (state !== 'open') return { reason: 'code_invalid' }
  if (memberName === null && name === '') {
    return { reason: 'parameter_invalid', param: 'name', problem: 'send your name' }
  }
  const userAgent = userAgentOf(c.req.raw)
  const vouched = await accessEmail(c.env, c.req.raw.headers)
  const person = { name, email: email ?? vouched }
  const entered = await redeemInvitation(c.env.DB, code, person, nowMs, userAgent)
  // Another request used the same link first.
  if (entered === null) return { reason: 'code_invalid' }
  if (vouched !== null) await connectAccess(c.env.DB, entered.member.id, vouched)
  startSession(c, entered.sessionSecret)
  return entered.member
}

sessionRoutes.post('/', async (c) => {
  const input = await readJsonInput(joining, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const entered = await enter(c, input)
  if (isRefusal(entered)) return refusalResponse(entered)
  const { accountId, accountName, ...member } = entered
  return c.json({ account: { id: accountId, name: accountName }, member }, 201)
})

sessionRoutes.delete('/', async (c) => {
  await stopSession(c)
  return c.body(null, 204)
})
