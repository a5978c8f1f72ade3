import { readSiteSettings, type Env } from '../../env.ts'
import { NOTHING_COMES_AFTER_MS } from '../store.ts'
import { eraseArchive } from './archive/store.ts'
import { floorToDay, startOfDay } from './day.ts'
import { isFull, makeRoom } from './room/store.ts'
import { letGoOfDay } from './rows/store.ts'
import {
  accountsWithOldRows,
  dropErasure,
  eraseFromLedger,
  nextErasure,
  noteErased,
  notePruned,
  oldDays,
} from './store.ts'
import { DAY_MS } from '../../http/time.ts'

/**
 * Lets some of the rows go that are older than the deployment keeps them: into the archive, where there is one,
 * then out of the database. Sums stay. Where the database is nearly full, the oldest rows go in any case.
 * Whether there may be more.
 */
export async function pruneLedger(env: Env, nowMs: number): Promise<boolean> {
  const beforeMs = floorToDay(nowMs) - readSiteSettings(env).retentionDays * DAY_MS
  if (await isFull(env)) return makeRoom(env, nowMs, beforeMs)
  for (const accountId of await accountsWithOldRows(env.LEDGER, beforeMs, nowMs))
    if (await pruneAccount(env, accountId, beforeMs, nowMs)) return true
  return false
}

async function pruneAccount(
  env: Env,
  accountId: string,
  beforeMs: number,
  nowMs: number,
): Promise<boolean> {
  for await (const day of oldDays(env.LEDGER, accountId, beforeMs, nowMs)) {
    const endMs = startOfDay(day) + DAY_MS
    await notePruned(env.LEDGER, accountId, endMs)
    return (await letGoOfDay(env, accountId, day, endMs, nowMs)) > 0
  }
  return false
}

/**
 * Deletes some of what there is of an account that has been deleted: at once, and again for as long as something
 * of it may still come out of a queue. Whether there is more to delete.
 */
export async function eraseAccounts(env: Env, nowMs: number): Promise<boolean> {
  const erasure = await nextErasure(env.LEDGER, nowMs)
  if (erasure === null) return false
  const { accountId, requestedAtMs } = erasure
  const account = await env.DB.prepare('SELECT 1 FROM accounts WHERE id = ?1')
    .bind(accountId)
    .first()
  // Where its deletion failed half-way, the account lives on, and so does what is its.
  if (account === null && !(await eraseSome(env, accountId))) return true
  if (requestedAtMs < nowMs - NOTHING_COMES_AFTER_MS) await dropErasure(env.LEDGER, accountId)
  else await noteErased(env.LEDGER, accountId, nowMs)
  return true
}

/** Whether nothing is left. */
const eraseSome = async (env: Env, accountId: string): Promise<boolean> =>
  (await eraseFromLedger(env.LEDGER, accountId)) &&
  (!env.ARCHIVE || (await eraseArchive(env.ARCHIVE, accountId)))
