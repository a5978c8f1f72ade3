import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { SCHEMA_VERSION } from '../schema/version.ts'
import { checkHealth } from './store.ts'

export const healthRoutes = new Hono<{ Bindings: Env }>()

healthRoutes.get('/', async (c) => {
  const checks = await checkHealth(c.env)
  const ok = Object.values(checks).every((check) => check.ok)
  return c.json({ ok, schema: SCHEMA_VERSION, checks }, ok ? 200 : 503, {
    'cache-control': 'no-store',
  })
})
