import type { Context } from 'hono'
import * as z from 'zod'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import type { Env } from '../../env.ts'
import { tokenNames } from '../../credentials/tokens/store.ts'
import { readInput } from '../../http/input.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { Memory } from '../../http/memory.ts'
import { HOUR_MS, monthOf } from '../../http/time.ts'
import type { LedgerState } from '../../reports/health/ledger.ts'
import { tryLedgerState } from '../../reports/health/store.ts'
import { readCubeWithTimes } from '../../reports/usage/cube-store.ts'
import { listBudgets } from '../../spend/budgets/store.ts'
import { statesOf } from '../../spend/budgets/route.ts'
import { toExposition } from './exposition.ts'
import { budgetMetrics, ledgerMetrics } from './state.ts'
import { usageMetrics } from './usage.ts'

/** Groups of which there are series: the dearest. */
const MOST_GROUPS = 1_000

export const metricsQuery = z.strictObject({
  by: z
    .literal('requester', 'use requester, or leave it out')
    .optional()
    .describe('With it, there are series for each requester'),
})

/** The deployment's state costs some queries for each account: it is the same for all scrapes of a minute. */
const known = new Memory<LedgerState>(1)
const KNOWN_MS = 60_000

async function ledgerState(env: Env, nowMs: number): Promise<LedgerState | null> {
  const before = known.get('ledger', nowMs)
  if (before) return before
  const state = await tryLedgerState(env)
  if (state) known.set('ledger', state, nowMs + KNOWN_MS)
  return state
}

/** `GET /metrics`: what Prometheus scrapes. */
export async function metricsRoute(c: Context<Reading>): Promise<Response> {
  const input = readInput(metricsQuery, c.req.query())
  if (isRefusal(input)) return refusalResponse(input)
  const isByRequester = input.by !== undefined
  const accountId = c.get('accountId')
  const nowMs = Date.now()
  const month = {
    starts: [monthOf(nowMs)],
    beforeMs: nowMs - (nowMs % HOUR_MS) + HOUR_MS,
    model: [],
    requester: [],
    token: [],
  }
  const [cells, names, budgets, states, ledger] = await Promise.all([
    readCubeWithTimes(c.env.LEDGER, accountId, month, { isByRequester, most: MOST_GROUPS }),
    tokenNames(c.env, accountId),
    listBudgets(c.env, accountId),
    statesOf(c.env, accountId),
    ledgerState(c.env, nowMs),
  ])
  const text = toExposition([
    ...usageMetrics(cells, { tokenNames: names, isByRequester }),
    ...budgetMetrics({ budgets, states, isByRequester }),
    ...ledgerMetrics(ledger, nowMs),
  ])
  return c.body(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
}
