import { Hono } from 'hono'
import type * as z from 'zod'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { readJsonInput } from '../../http/input.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import type { managementKeyAnswer } from './answer.ts'
import { newManagementKey } from './input.ts'
import {
  deleteManagementKey,
  findManagementKey,
  saveManagementKey,
  type ManagementKey,
} from './store.ts'

export const managementKeyRoutes = new Hono<SignedIn>()

const MISSING = { reason: 'not_found', what: 'a saved management key' } as const
const OWNERS_ONLY = { reason: 'owners_only', what: 'change the management key' } as const

const present = (key: ManagementKey): z.output<typeof managementKeyAnswer> => ({
  provider: key.provider,
  lastFour: key.lastFour,
  savedAt: new Date(key.savedAtMs).toISOString(),
  readAt: key.readAtMs === null ? null : new Date(key.readAtMs).toISOString(),
  problem: key.problem,
})

managementKeyRoutes.get('/grok', async (c) => {
  const key = await findManagementKey(c.env, c.get('member').accountId)
  return key ? c.json(present(key)) : refusalResponse(MISSING)
})

managementKeyRoutes.put('/grok', async (c) => {
  const member = c.get('member')
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const input = await readJsonInput(newManagementKey, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const saved = await saveManagementKey(c.env, member, input.key, Date.now())
  return isRefusal(saved) ? refusalResponse(saved) : c.json(present(saved))
})

managementKeyRoutes.delete('/grok', async (c) => {
  const member = c.get('member')
  if (member.role !== 'owner') return refusalResponse(OWNERS_ONLY)
  const deleted = await deleteManagementKey(c.env, member, Date.now())
  return deleted ? c.body(null, 204) : refusalResponse(MISSING)
})
