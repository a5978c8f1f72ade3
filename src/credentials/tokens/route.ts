import { Hono, type Context } from 'hono'
import type * as z from 'zod'
import { readJsonInput } from '../../http/input.ts'
import { isRefusal } from '../../http/refusals.ts'
import { refuseRates } from '../../spend/stub-store.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import type { SignedIn } from '../sessions/middleware.ts'
import type { tokenAnswer } from './answer.ts'
import { newToken, rotation, tokenChanges } from './input.ts'
import { rotateToken } from './rotation-store.ts'
import {
  createToken,
  findToken,
  listTokens,
  revokeToken,
  updateToken,
  type TokenInfo,
} from './store.ts'
import { mayReveal } from './reveal-store.ts'

export const tokenRoutes = new Hono<SignedIn>()

const MISSING = { reason: 'not_found', what: 'this token in your account' } as const

const NOT_MAKER = {
  reason: 'owners_only',
  what: 'replace a token that somebody else made',
} as const

const ownOf = (c: Context<SignedIn>): Promise<TokenInfo | null> =>
  findToken(c.env, c.get('member').accountId, c.req.param('id') ?? '')

tokenRoutes.get('/', async (c) => {
  const tokens = await listTokens(c.env, c.get('member').accountId)
  return c.json({ tokens: tokens.map(present) })
})

tokenRoutes.post('/', async (c) => {
  const input = await readJsonInput(newToken, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const refused = refuseRates(c.env, input)
  if (refused) return refusalResponse(refused)
  const created = await createToken(c.env, c.get('member'), input, Date.now())
  return c.json({ ...present(created), token: created.token }, 201)
})

// Somebody else's token is not found, whatever is wrong with the body.
tokenRoutes.patch('/:id', async (c) => {
  if ((await ownOf(c)) === null) return refusalResponse(MISSING)
  const input = await readJsonInput(tokenChanges, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const { env, req } = c
  const refused = refuseRates(env, input)
  if (refused) return refusalResponse(refused)
  const changed = await updateToken(env, c.get('member'), req.param('id'), input, Date.now())
  return changed ? c.json(present(changed)) : refusalResponse(MISSING)
})

tokenRoutes.post('/:id/rotate', async (c) => {
  const token = await ownOf(c)
  if (token === null) return refusalResponse(MISSING)
  if (!mayReveal(c.get('member'), token)) return refusalResponse(NOT_MAKER)
  const input = await readJsonInput(rotation, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const { env, req } = c
  const member = c.get('member')
  const rotated = await rotateToken(env, member, req.param('id'), input.graceHours, Date.now())
  if (rotated === null) return refusalResponse(MISSING)
  return c.json({ token: rotated.token, formerValidUntil: toIso(rotated.formerUntilMs) })
})

tokenRoutes.delete('/:id', async (c) => {
  const revoked = await revokeToken(c.env, c.get('member'), c.req.param('id'), Date.now())
  return revoked ? c.body(null, 204) : refusalResponse(MISSING)
})

const toIso = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString()

const copyOf = (list: readonly string[] | null): string[] | null => list && [...list]

const present = (token: TokenInfo): z.output<typeof tokenAnswer> => ({
  id: token.id,
  name: token.name,
  lastFour: token.lastFour,
  scope: token.scope,
  expiresAt: toIso(token.expiresAtMs),
  disabled: token.disabled,
  models: copyOf(token.models),
  endpoints: copyOf(token.endpoints),
  addresses: copyOf(token.addresses),
  requestsPerMinute: token.requestsPerMinute,
  tokensPerMinute: token.tokensPerMinute,
  concurrent: token.concurrent,
  createdAt: new Date(token.createdAtMs).toISOString(),
  revokedAt: toIso(token.revokedAtMs),
  formerValidUntil: toIso(token.formerUntilMs),
})
