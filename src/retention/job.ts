import { readSiteSettings, type Env } from '../env.ts'
import { loggable } from '../error-log.ts'
import { NOTHING_COMES_AFTER_MS } from '../ledger/store.ts'
import { eraseArchive } from './archive/store.ts'
import { floorToDay, startOfDay } from './day.ts'
import { isFull, makeRoom } from './room.ts'
import { letGoOfDay } from './rows.ts'
import {
  accountsWithOldRows,
  dropErasure,
  eraseFromLedger,
  listErasures,
  notePruned,
  oldDays,
} from './store.ts'
import { DAY_MS, HOUR_MS } from '../time.ts'

/** Less than the time between two runs. */
const RUN_MS = 240_000
/** A turn takes some ten queries on Free, and fifty on Paid; an invocation has fifty, and a thousand. */
const TURNS = { free: 1, paid: 15 } as const

/**
 * Lets rows go that are older than the deployment keeps them, day by day: into the archive, where there
 * is one, then out of the database. Sums stay. Where the database is nearly full, the oldest rows go in any
 * case. What it does not get done, the next run does.
 */
export async function pruneLedger(env: Env, nowMs: number): Promise<void> {
  const { retentionDays, plan } = readSiteSettings(env)
  const beforeMs = floorToDay(nowMs) - retentionDays * DAY_MS
  const limits = { turns: TURNS[plan] as number, untilMs: Date.now() + RUN_MS }
  if (await isFull(env)) return makeRoom(env, nowMs, beforeMs, limits)
  const failed: string[] = []
  for (const accountId of await accountsWithOldRows(env.LEDGER, beforeMs, nowMs)) {
    try {
      await pruneAccount(env, accountId, beforeMs, nowMs, limits)
    } catch (error) {
      // It holds up no other.
      failed.push(accountId)
      console.error('rows not let go', accountId, loggable(error))
    }
  }
  if (failed.length > 0) throw new Error(`rows of accounts not let go: ${failed.length}`)
}

async function pruneAccount(
  env: Env,
  accountId: string,
  beforeMs: number,
  nowMs: number,
  limits: { turns: number; untilMs: number },
): Promise<void> {
  for await (const day of oldDays(env.LEDGER, accountId, beforeMs, nowMs)) {
    const endMs = startOfDay(day) + DAY_MS
    await notePruned(env.LEDGER, accountId, endMs)
    do {
      if (limits.turns <= 0 || Date.now() > limits.untilMs) return
      if ((await letGoOfDay(env, accountId, day, endMs, nowMs)) === 0) break
      limits.turns--
    } while (limits.turns >= 0)
  }
}

// By then what there was is gone, and only stragglers are to be expected.
const ERASE_OFTEN_MS = 6 * HOUR_MS

/** Deletes what there is of accounts that have been deleted just now. */
export async function eraseAccounts(env: Env, nowMs: number): Promise<void> {
  await erase(env, nowMs, nowMs - ERASE_OFTEN_MS)
}

/** Deletes what has come out of a queue since, for as long as something may. */
export async function eraseStragglers(env: Env, nowMs: number): Promise<void> {
  await erase(env, nowMs, 0)
}

async function erase(env: Env, nowMs: number, sinceMs: number): Promise<void> {
  for (const { accountId, requestedAtMs } of await listErasures(env.LEDGER, sinceMs)) {
    const account = await env.DB.prepare('SELECT 1 FROM accounts WHERE id = ?1')
      .bind(accountId)
      .first()
    // Its deletion failed half-way: the account lives on, and so does what is its.
    if (account === null) {
      await eraseFromLedger(env.LEDGER, accountId)
      if (env.ARCHIVE) await eraseArchive(env.ARCHIVE, accountId)
    }
    if (requestedAtMs < nowMs - NOTHING_COMES_AFTER_MS) await dropErasure(env.LEDGER, accountId)
  }
}
