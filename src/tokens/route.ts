import { Hono } from 'hono'
import type { SignedIn } from '../sessions/middleware.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { newToken } from './input.ts'
import { createToken, listTokens, revokeToken, type TokenInfo } from './store.ts'

export const tokenRoutes = new Hono<SignedIn>()

tokenRoutes.get('/', async (c) => {
  const tokens = await listTokens(c.env, c.get('member').accountId)
  return c.json({ tokens: tokens.map(present) })
})

tokenRoutes.post('/', async (c) => {
  const input = await readJsonInput(newToken, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const created = await createToken(c.env, c.get('member'), input.name, Date.now())
  return c.json({ ...present(created), token: created.token }, 201)
})

tokenRoutes.delete('/:id', async (c) => {
  const revoked = await revokeToken(c.env, c.get('member'), c.req.param('id'), Date.now())
  if (!revoked) return refusalResponse({ reason: 'not_found', what: 'this token in your account' })
  return c.body(null, 204)
})

function present({ id, name, lastFour, createdAtMs, revokedAtMs }: TokenInfo): object {
  return {
    id,
    name,
    lastFour,
    createdAt: new Date(createdAtMs).toISOString(),
    revokedAt: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
  }
}
