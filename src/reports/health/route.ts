import { Hono } from 'hono'
import type { Env } from '../../env.ts'
import { isOperator } from '../../credentials/operator/store.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import type { SignedIn } from '../../credentials/sessions/middleware.ts'
import { conditionsOf } from './conditions.ts'
import { examine } from './doctor-store.ts'
import { presentLedger } from './ledger.ts'
import { checkHealth, readLedgerState } from './store.ts'

export const healthRoutes = new Hono<{ Bindings: Env }>()

// The endpoint is public and each answer costs queries, so an answer is reused for KEEP_MS.
const KEEP_MS = 2_000
const kept = new WeakMap<Env, { body: object; status: 200 | 503; untilMs: number }>()

healthRoutes.get('/', async (c) => {
  const nowMs = Date.now()
  const before = kept.get(c.env)
  const headers = { 'cache-control': 'no-store' }
  if (before && before.untilMs > nowMs) return c.json(before.body, before.status, headers)

  const checked = await checkHealth(c.env)
  // Only whether each check passes: problems and numbers are for members.
  const checks = Object.fromEntries(
    Object.entries(checked).map(([name, check]) => [name, { ok: check.ok }]),
  )
  for (const [name, { problem }] of Object.entries(checked))
    if (problem !== null) console.error('health', name, problem)
  const ok = Object.values(checks).every((check) => check.ok)
  const body = { ok, checks }
  const status = ok ? 200 : 503
  kept.set(c.env, { body, status, untilMs: nowMs + KEEP_MS })
  return c.json(body, status, headers)
})

/** For the operator's command line, which puts a pass into the database before it asks. */
healthRoutes.post('/doctor', async (c) => {
  const pass = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
  // Without the database nobody has a pass; /healthz says that it is missing.
  const { DB } = c.env as Partial<Env>
  if (!DB || !(await isOperator(DB, pass, Date.now())))
    return refusalResponse({ reason: 'operator_pass_unknown' })
  const findings = await examine(c.env, null)
  return c.json({ at: new Date().toISOString(), findings }, 200, { 'cache-control': 'no-store' })
})

export const ledgerHealthRoutes = new Hono<SignedIn>()

ledgerHealthRoutes.get('/', async (c) => {
  const [state, nowMs] = [await readLedgerState(c.env), Date.now()]
  return c.json(presentLedger(state, conditionsOf(state, nowMs), nowMs))
})
