import { recordAudit } from '../audit/store.ts'
import type { Env } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { DAY_MS } from '../http/time.ts'
import { within } from '../http/time-limit.ts'
import { amountOf } from './lease/refusal.ts'
import type { Correction } from './object/count.ts'
import { spendOf } from './stub-store.ts'

/** Accounts per turn; each is one call of its object, and an entry of the audit if something was wrong. */
const ACCOUNTS_AT_ONCE = 4
const OBJECT_MS = 20_000
/** The audit names the first of many values. */
const MOST_TOLD = 1
const KEPT_MS = 31 * DAY_MS

/**
 * Compares what the accounts' objects have counted with the ledger, and corrects them: those that have waited longest
 * first. Returns whether others are waiting.
 */
export async function checkBudgets(env: Env, nowMs: number): Promise<boolean> {
  const { results } = await env.DB.prepare(
    `SELECT account_id AS accountId, min(checked_at_ms) AS checkedAtMs FROM budgets
     WHERE checked_at_ms < ?1 GROUP BY account_id ORDER BY 2 LIMIT ?2`,
  )
    .bind(nowMs, ACCOUNTS_AT_ONCE + 1)
    .all<{ accountId: string }>()
  const accountIds = results.slice(0, ACCOUNTS_AT_ONCE).map(({ accountId }) => accountId)
  if (accountIds.length === 0) return false
  // Noted first, so that an object that fails does not hold up the others.
  await env.DB.prepare(
    `UPDATE budgets SET checked_at_ms = ?1 WHERE account_id IN (SELECT value FROM json_each(?2))`,
  )
    .bind(nowMs, JSON.stringify(accountIds))
    .run()
  const failures: unknown[] = []
  for (const accountId of accountIds)
    await checkAccount(env, accountId, nowMs).catch((error: unknown) => failures.push(error))
  for (const error of failures) console.error('budgets not checked', loggable(error))
  if (failures.length === accountIds.length) throw new Error('no budgets could be checked')
  return results.length > ACCOUNTS_AT_ONCE
}

async function checkAccount(env: Env, accountId: string, nowMs: number): Promise<void> {
  const spend = spendOf(env, accountId)
  const corrections = await within(OBJECT_MS, 'Spend', spend.check(accountId))
  for (const correction of corrections.slice(0, MOST_TOLD))
    await recordAudit(
      env.DB,
      { accountId, name: 'Metrion' },
      'budget.corrected',
      wordsOf(correction, corrections.length - MOST_TOLD),
      nowMs,
    )
}

function wordsOf({ name, meter, value, before, after }: Correction, others: number): string {
  const whose = value === '' ? '' : ` (${value})`
  const more = others > 0 ? `, and ${others} others` : ''
  return `${name}${whose}: ${amountOf(meter, before)} to ${amountOf(meter, after)}${more}`
}

/** Deletes old counts of requests that could not be checked. */
export async function tidyUnchecked(env: Env, nowMs: number): Promise<boolean> {
  await env.LEDGER.prepare('DELETE FROM unchecked_requests WHERE hour_ms < ?1')
    .bind(nowMs - KEPT_MS)
    .run()
  return false
}
