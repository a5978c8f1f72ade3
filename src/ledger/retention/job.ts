import { readSiteSettings, type Env } from '../../env.ts'
import { NOTHING_COMES_AFTER_MS } from '../store.ts'
import { eraseArchive } from './archive-store.ts'
import { floorToDay, startOfDay } from './day.ts'
import { isFull, makeRoom } from './room-store.ts'
import { letGoOfDay } from './rows-store.ts'
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
 * Prunes some rows that are older than the retention: archives them, if there is an archive, then deletes them.
 * Their sums stay. If the database is nearly full, prunes the oldest rows whatever their age. Returns whether
 * there may be more.
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
 * Erases part of a deleted account's data: at once, and again for as long as a queue may still deliver something of
 * it. Returns whether there is more to erase.
 */
export async function eraseAccounts(env: Env, nowMs: number): Promise<boolean> {
  const erasure = await nextErasure(env.LEDGER, nowMs)
  if (erasure === null) return false
  const { accountId, requestedAtMs } = erasure
  const account = await env.DB.prepare('SELECT 1 FROM accounts WHERE id = ?1')
    .bind(accountId)
    .first()
  // If the deletion of the account failed halfway, the account still exists and keeps its data.
  if (account === null && !(await eraseSome(env, accountId))) return true
  if (requestedAtMs < nowMs - NOTHING_COMES_AFTER_MS) await dropErasure(env.LEDGER, accountId)
  else await noteErased(env.LEDGER, accountId, nowMs)
  return true
}

/** Returns whether nothing is left. */
const eraseSome = async (env: Env, accountId: string): Promise<boolean> =>
  (await eraseFromLedger(env.LEDGER, accountId)) &&
  (!env.ARCHIVE || (await eraseArchive(env.ARCHIVE, accountId)))
