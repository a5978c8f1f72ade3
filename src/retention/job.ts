import { readSettings, type Env } from '../env.ts'
import { NOTHING_COMES_AFTER_MS } from '../ledger/store.ts'
import { archiveDay, eraseArchive } from './archive/store.ts'
import { DAY_MS, startOfDay, dayOf } from './day.ts'
import {
  accountsWithOldRows,
  deleteRows,
  dropErasure,
  eraseFromLedger,
  listErasures,
  notePruned,
  oldDays,
} from './store.ts'

/**
 * Lets rows go that are older than the deployment keeps them, day by day: into the archive, where there
 * is one, then out of the database. Sums stay. What it does not get done, the next run does.
 */
export async function pruneLedger(env: Env, nowMs: number): Promise<void> {
  const { retentionDays } = readSettings(env)
  const beforeMs = startOfDay(dayOf(nowMs)) - retentionDays * DAY_MS
  for (const accountId of await accountsWithOldRows(env.LEDGER, beforeMs)) {
    for await (const day of oldDays(env.LEDGER, accountId, beforeMs, nowMs)) {
      if (env.ARCHIVE) await archiveDay(env.ARCHIVE, env.LEDGER, accountId, day)
      const endMs = startOfDay(day) + DAY_MS
      await notePruned(env.LEDGER, accountId, endMs)
      await deleteRows(env.LEDGER, accountId, startOfDay(day), endMs)
    }
  }
}

/** Deletes what is left of deleted accounts, for as long as something may still come out of a queue. */
export async function eraseAccounts(env: Env, nowMs: number): Promise<void> {
  for (const { accountId, requestedAtMs } of await listErasures(env.LEDGER)) {
    const account = await env.DB.prepare('SELECT 1 FROM accounts WHERE id = ?1')
      .bind(accountId)
      .first()
    const isOver = requestedAtMs < nowMs - NOTHING_COMES_AFTER_MS
    // Its deletion failed half-way: the account lives on, and so does what is its.
    if (account !== null) {
      if (isOver) await dropErasure(env.LEDGER, accountId)
      continue
    }
    await eraseFromLedger(env.LEDGER, accountId)
    if (env.ARCHIVE) await eraseArchive(env.ARCHIVE, accountId)
    if (isOver) await dropErasure(env.LEDGER, accountId)
  }
}
