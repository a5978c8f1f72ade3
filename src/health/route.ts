import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { SCHEMA_VERSION } from '../schema/version.ts'
import type { SignedIn } from '../sessions/middleware.ts'
import { presentLedger } from './ledger.ts'
import { checkHealth, readLedgerState, tryLedgerState } from './store.ts'

export const healthRoutes = new Hono<{ Bindings: Env }>()

// Anybody may ask, and each answer costs queries: it is given again for a moment.
const KEEP_MS = 2_000
const kept = new WeakMap<Env, { body: object; status: 200 | 503; untilMs: number }>()

healthRoutes.get('/', async (c) => {
  const nowMs = Date.now()
  const before = kept.get(c.env)
  const headers = { 'cache-control': 'no-store' }
  if (before && before.untilMs > nowMs) return c.json(before.body, before.status, headers)

  const [checks, state] = await Promise.all([checkHealth(c.env), tryLedgerState(c.env)])
  const ok = Object.values(checks).every((check) => check.ok)
  const ledger = state && presentLedger(state, nowMs)
  const body = { ok, schema: SCHEMA_VERSION, checks, ledger }
  const status = ok ? 200 : 503
  kept.set(c.env, { body, status, untilMs: nowMs + KEEP_MS })
  return c.json(body, status, headers)
})

export const ledgerHealthRoutes = new Hono<SignedIn>()

ledgerHealthRoutes.get('/', async (c) =>
  c.json(presentLedger(await readLedgerState(c.env), Date.now())),
)
