import { Hono } from 'hono'
import type { SignedIn } from '../sessions/middleware.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readJsonInput } from '../../http/input.ts'
import { newScope, newToken } from './input.ts'
import { changeScope, createToken, listTokens, revokeToken, type TokenInfo } from './store.ts'

export const tokenRoutes = new Hono<SignedIn>()

tokenRoutes.get('/', async (c) => {
  const tokens = await listTokens(c.env, c.get('member').accountId)
  return c.json({ tokens: tokens.map(present) })
})

tokenRoutes.post('/', async (c) => {
  const input = await readJsonInput(newToken, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const created = await createToken(c.env, c.get('member'), input, Date.now())
  return c.json({ ...present(created), token: created.token }, 201)
})

tokenRoutes.patch('/:id', async (c) => {
  const { env, req } = c
  const missing = { reason: 'not_found', what: 'this token in your account' } as const
  const tokens = await listTokens(env, c.get('member').accountId)
  if (!tokens.some(({ id }) => id === req.param('id'))) return refusalResponse(missing)
  const input = await readJsonInput(newScope, req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const changed = await changeScope(env, c.get('member'), req.param('id'), input.scope, Date.now())
  return changed ? c.json(present(changed)) : refusalResponse(missing)
})

tokenRoutes.delete('/:id', async (c) => {
  const revoked = await revokeToken(c.env, c.get('member'), c.req.param('id'), Date.now())
  if (!revoked) return refusalResponse({ reason: 'not_found', what: 'this token in your account' })
  return c.body(null, 204)
})

function present({ id, name, lastFour, scope, createdAtMs, revokedAtMs }: TokenInfo): object {
  return {
    id,
    name,
    lastFour,
    scope,
    createdAt: new Date(createdAtMs).toISOString(),
    revokedAt: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
  }
}
