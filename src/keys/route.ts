import { Hono } from 'hono'
import * as z from 'zod'
import type { SignedIn } from '../accounts/middleware.ts'
import { readSettings, type Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal } from '../errors.ts'
import { readJsonInput } from '../input.ts'
import { forgetAccount } from '../callers/store.ts'
import { looksLikeToken } from '../tokens/token.ts'
import { deleteProviderKey, findSavedKey, saveProviderKey, type SavedKey } from './store.ts'
import { readTrial, type Trial } from './trial.ts'

const TRIAL_LIMIT_MS = 10_000

const newKey = z.object({
  key: z
    .string({ error: 'send your xAI key' })
    .trim()
    .min(8, 'that is too short for an xAI key; send it whole')
    .max(500, 'that is too long for an xAI key')
    .regex(/^[\x21-\x7e]+$/, 'an xAI key has no spaces and only ASCII characters')
    .refine(
      (key) => !looksLikeToken(key),
      'this is a Metrion token; send the key from console.x.ai',
    ),
})

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
  const trial = await tryKey(c.env, input.key)
  if (trial.result === 'refused') {
    const text = trial.message.replaceAll(input.key, '[key]')
    return refusalResponse({ reason: 'provider_key_refused', status: trial.status ?? 0, text })
  }
  const { accountId } = c.get('member')
  const saved = await saveProviderKey(c.env, accountId, input.key, Date.now())
  await forgetAccount(c.env, accountId)
  return c.json({ ...present(saved), check: trial })
})

keyRoutes.delete('/grok', async (c) => {
  const { accountId } = c.get('member')
  const deleted = await deleteProviderKey(c.env, accountId)
  await forgetAccount(c.env, accountId)
  return deleted
    ? c.body(null, 204)
    : refusalResponse({ reason: 'not_found', what: 'a saved xAI key' })
})

async function tryKey(env: Env, key: string): Promise<Trial> {
  try {
    const response = await fetch(`${readSettings(env).xaiOrigin}/v1/api-key`, {
      headers: { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(TRIAL_LIMIT_MS),
    })
    return readTrial(response.status, await response.json().catch(() => null))
  } catch {
    return {
      result: 'unchecked',
      status: null,
      message: 'xAI could not be reached; the key is saved untried',
    }
  }
}

function present({ provider, lastFour, savedAtMs }: SavedKey): object {
  return { provider, lastFour, savedAt: new Date(savedAtMs).toISOString() }
}
