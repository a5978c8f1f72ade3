import { Hono, type Context } from 'hono'
import type { z } from 'zod'
import { accessEmail } from '../access/store.ts'
import { readSiteSettings, type Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { joining } from './input.ts'
import { startSession, stopSession, userAgentOf } from '../sessions/middleware.ts'
import type { Member } from '../sessions/store.ts'
import { checkInvitation, redeemInvitation } from './store.ts'

export const sessionRoutes = new Hono<{ Bindings: Env }>()

/** Uses a one-time link up and signs its holder in on this browser. */
export async function enter(
  c: Context<{ Bindings: Env }>,
  { code, name, email }: z.output<typeof joining>,
): Promise<Member | Refusal> {
  const nowMs = Date.now()
  const { state, memberName } = await checkInvitation(c.env.DB, code, nowMs)
  if (state !== 'open') return { reason: 'code_invalid' }
  if (memberName === null && name === '') {
    return { reason: 'parameter_invalid', param: 'name', problem: 'send your name' }
  }
  const userAgent = userAgentOf(c.req.raw)
  // Where an address is an identity, it is not for typing.
  const isVouchedFor = readSiteSettings(c.env).access !== null
  const known = isVouchedFor ? await accessEmail(c.env, c.req.raw.headers) : email
  const person = { name, email: known }
  const entered = await redeemInvitation(c.env.DB, code, person, nowMs, userAgent)
  // Somebody was faster with the same link.
  if (entered === null) return { reason: 'code_invalid' }
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
