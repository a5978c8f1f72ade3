import { Hono } from 'hono'
import type { SignedIn } from '../sessions/middleware.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { readJsonInput } from '../../http/input.ts'
import { newKey } from './input.ts'
import { deleteProviderKey, findSavedKey, checkAndSaveKey, type SavedKey } from './store.ts'

export const keyRoutes = new Hono<SignedIn>()

keyRoutes.get('/grok', async (c) => {
  const saved = await findSavedKey(c.env, c.get('member').accountId)
  return saved
    ? c.json(present(saved))
    : refusalResponse({ reason: 'not_found', what: 'a saved xAI key' })
})

keyRoutes.put('/grok', async (c) => {
  const input = await readJsonInput(newKey, c.req.raw)
  if (isRefusal(input)) return refusalResponse(input)
  const saved = await checkAndSaveKey(c.env, c.get('member'), input.key)
  if (isRefusal(saved)) return refusalResponse(saved)
  return c.json({ ...present(saved.key), check: saved.check })
})

keyRoutes.delete('/grok', async (c) => {
  const deleted = await deleteProviderKey(c.env, c.get('member'))
  return deleted
    ? c.body(null, 204)
    : refusalResponse({ reason: 'not_found', what: 'a saved xAI key' })
})

function present({ provider, lastFour, savedAtMs }: SavedKey): object {
  return { provider, lastFour, savedAt: new Date(savedAtMs).toISOString() }
}
