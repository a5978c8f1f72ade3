import type { Context } from 'hono'
import * as z from 'zod'
import type { Reading } from '../../credentials/api-tokens/middleware.ts'
import type { Env } from '../../env.ts'
import { tokenNames } from '../../credentials/tokens/names-store.ts'
import { readInput } from '../../http/input.ts'
import { refusalResponse } from '../../http/refusal-response.ts'
import { isRefusal } from '../../http/refusals.ts'
import { Memory } from '../../http/memory.ts'
import { HOUR_MS, monthOf } from '../../http/time.ts'
import type { LedgerState } from '../../reports/health/ledger.ts'
import { tryLedgerState } from '../../reports/health/store.ts'
import { readTimedCube } from '../../reports/usage/cube-store.ts'
import { listBudgets } from '../../spend/budgets/store.ts'
import { statesOf } from '../../spend/budgets/route.ts'
import { toExposition } from './exposition.ts'
import { budgetMetrics, ledgerMetrics } from './state.ts'
import { usageMetrics } from './usage.ts'

/** Groups of which there are series: the dearest. */
const MOST_GROUPS = { tokens: 150, requesters: 500 } as const

export const metricsQuery = z.strictObject({
  by: z
    .literal('requester', 'use requester, or leave it out')
    .optional()
    .describe('With it, there are series for each requester'),
})

/** What is read for a scrape is the same for all scrapes of a minute, however often Prometheus comes. */
const KNOWN_MS = 60_000
const states = new Memory<LedgerState>(1)
const texts = new Memory<string>(100)

/** The deployment's state costs some queries for each account. */
async function ledgerState(env: Env, nowMs: number): Promise<LedgerState | null> {
  const before = states.get('ledger', nowMs)
  if (before) return before
  const state = await tryLedgerState(env)
  if (state) states.set('ledger', state, nowMs + KNOWN_MS)
  return state
}

/** What an account used: exact to the minute. */
async function usageText(
  env: Env,
  accountId: string,
  isByRequester: boolean,
  nowMs: number,
): Promise<string> {
  const key = `${accountId} ${isByRequester} ${monthOf(nowMs)}`
  const before = texts.get(key, nowMs)
  if (before !== undefined) return before
  const month = {
    starts: [monthOf(nowMs)],
    beforeMs: nowMs - (nowMs % HOUR_MS) + HOUR_MS,
    model: [],
    requester: [],
    token: [],
  }
  const most = MOST_GROUPS[isByRequester ? 'requesters' : 'tokens']
  const [cells, names] = await Promise.all([
    readTimedCube(env.LEDGER, accountId, month, { isByRequester, most }),
    tokenNames(env, accountId),
  ])
  const text = toExposition(usageMetrics(cells, { tokenNames: names, isByRequester }))
  texts.set(key, text, nowMs + KNOWN_MS)
  return text
}

/** `GET /metrics`: what Prometheus scrapes. */
export async function metricsRoute(c: Context<Reading>): Promise<Response> {
  const input = readInput(metricsQuery, c.req.query())
  if (isRefusal(input)) return refusalResponse(input)
  const isByRequester = input.by !== undefined
  const accountId = c.get('accountId')
  const nowMs = Date.now()
  const [usage, budgets, budgetStates, ledger] = await Promise.all([
    usageText(c.env, accountId, isByRequester, nowMs),
    listBudgets(c.env, accountId),
    statesOf(c.env, accountId),
    ledgerState(c.env, nowMs),
  ])
  const state = toExposition([
    ...budgetMetrics({ budgets, states: budgetStates, isByRequester }),
    ...ledgerMetrics(ledger, nowMs),
  ])
  return c.body(usage + state, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
}
