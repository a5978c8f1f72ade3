import { recordAudit } from '../../audit/store.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { everyAccountOf } from '../../schema/sql.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { DAY_MS, HOUR_MS } from '../../http/time.ts'
import { dayOf, floorToDay, FULL_SHARE } from './day.ts'
import { mayGo, youngFrom } from './let-go-store.ts'
import { letGoOfDay } from './rows-store.ts'

/** From this share of the limit on, room for new rows matters more than archiving old ones. */
const LAST_SHARE = 0.95

const sizeBytes = async (ledger: D1Database): Promise<number> =>
  (await ledger.prepare('SELECT 1').all()).meta.size_after

/** The oldest row that may be pruned, and its account. */
async function oldestRow(
  ledger: D1Database,
  nowMs: number,
): Promise<{ accountId: string; id: string } | null> {
  return ledger
    .prepare(
      `WITH RECURSIVE ${everyAccountOf('requests')}
       SELECT accountId, id FROM (
         SELECT accounts.id AS accountId, (SELECT id FROM requests
           WHERE account_id = accounts.id AND ${mayGo('?1')} ORDER BY id LIMIT 1) AS id
         FROM accounts WHERE accounts.id IS NOT NULL)
       WHERE id IS NOT NULL ORDER BY id LIMIT 1`,
    )
    .bind(youngFrom(nowMs))
    .first()
}

/** Whether four fifths of the limit are used. */
export async function isFull(env: Env): Promise<boolean> {
  const { ledgerLimitBytes } = readSiteSettings(env)
  return (await sizeBytes(env.LEDGER)) >= FULL_SHARE * ledgerLimitBytes
}

/**
 * Prunes the oldest rows early, with the archive if there is one, so that new rows can always be written. Rows of the
 * last hour stay. `dueMs`: rows from before this moment are due anyway. Returns whether any were pruned.
 */
export async function makeRoom(env: Env, nowMs: number, dueMs: number): Promise<boolean> {
  const stayMs = nowMs - HOUR_MS
  const oldest = await oldestRow(env.LEDGER, nowMs)
  if (oldest === null) return false
  const { accountId } = oldest
  const oldestMs = timeOfUuid(oldest.id)
  if (oldestMs >= stayMs) return false
  const beforeMs = Math.min(floorToDay(oldestMs) + DAY_MS, stayMs)
  const goneMs = await letGoAnyhow(env, accountId, dayOf(oldestMs), beforeMs, nowMs)
  if (goneMs > dueMs && (await noteEarly(env, accountId, nowMs)))
    await auditEarly(env, accountId, goneMs, nowMs)
  return goneMs > 0
}

/** If the archive fails and hardly any room is left, prunes without archiving. */
async function letGoAnyhow(
  env: Env,
  ...of: [accountId: string, day: string, beforeMs: number, nowMs: number]
): Promise<number> {
  try {
    return await letGoOfDay(env, ...of)
  } catch (error) {
    const { ledgerLimitBytes } = readSiteSettings(env)
    if (!env.ARCHIVE || (await sizeBytes(env.LEDGER)) < LAST_SHARE * ledgerLimitBytes) throw error
    console.error('rows let go without the archive', of[0], of[1], loggable(error))
    const { ARCHIVE: _, ...without } = env
    return letGoOfDay(without, ...of)
  }
}

/** Notes early pruning. Returns whether the last note is missing or more than a day old. */
async function noteEarly(env: Env, accountId: string, nowMs: number): Promise<boolean> {
  const [before] = await env.LEDGER.batch<{ atMs: number | null }>([
    env.LEDGER.prepare('SELECT early_at_ms AS atMs FROM pruned WHERE account_id = ?1').bind(
      accountId,
    ),
    env.LEDGER.prepare('UPDATE pruned SET early_at_ms = ?2 WHERE account_id = ?1').bind(
      accountId,
      nowMs,
    ),
  ])
  return (before?.results[0]?.atMs ?? 0) < nowMs - DAY_MS
}

async function auditEarly(
  env: Env,
  accountId: string,
  goneMs: number,
  nowMs: number,
): Promise<void> {
  const actor = { accountId, name: 'Metrion' }
  const subject = `${new Date(goneMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  try {
    await recordAudit(env.DB, actor, 'rows.let-go-early', subject, nowMs)
  } catch (error) {
    // A deleted account has no audit log.
    console.error('early pruning not written down', accountId, loggable(error))
  }
}
