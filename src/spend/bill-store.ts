import type { Env } from '../env.ts'
import { loggable } from '../http/error-log.ts'
import { within } from '../http/time-limit.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import { countedOf } from './amounts.ts'
import { readBilled } from './billed-store.ts'
import { itemOf } from './item.ts'
import { spendOf } from './stub-store.ts'

const LIMIT_MS = 2_000

/**
 * Tells the account's object of a bill that no caller has brought: it counts in the window in which its work began.
 * Never throws: the ledger has the bill, and a job compares the two.
 */
export async function reportBill(env: Env, entry: LedgerEntry, jobId: string): Promise<void> {
  try {
    await tell(env, entry, jobId)
  } catch (error) {
    console.error('bill not told', loggable(error))
  }
}

async function tell(env: Env, entry: LedgerEntry, jobId: string): Promise<void> {
  const { accountId } = entry
  const has = await env.DB.prepare('SELECT 1 AS one FROM budgets WHERE account_id = ?1 LIMIT 1')
    .bind(accountId)
    .first()
  if (has === null) return
  const billed = await readBilled(env.LEDGER, entry, jobId)
  if (billed === null) return
  const row = { ...entry, ...billed.entry }
  const item = { ...itemOf(row, countedOf(row)), isWritten: true, began: billed.began }
  // A report of the same id is ignored.
  const report = { id: entry.id, changes: [], items: [item], abandoned: [] }
  const about = { id: entry.id, accountId, isolate: 'job', nowMs: Date.now(), reports: [report] }
  const nothing = { want: null, growth: null, renews: [] }
  await within(LIMIT_MS, 'Spend', spendOf(env, accountId).sync({ ...about, ...nothing }))
}
