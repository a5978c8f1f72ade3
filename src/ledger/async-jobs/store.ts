import type { BillableUnits } from '../../metering/billable-units.ts'
import { within } from '../../http/time-limit.ts'
import type { AsyncJobKind } from '../../metering/async-job-kinds.ts'

const LIMIT_MS = 2_000

/** The facts of the request that began an async job. */
export interface AsyncJobStart {
  requestedModel: string | null
  /** The units that the price depends on. */
  pieces: BillableUnits | null
}

/** Null: not known, or D1 did not answer. */
export async function readAsyncJobStart(
  ledger: D1Database,
  accountId: string,
  jobId: string,
): Promise<AsyncJobStart | null> {
  const found = ledger
    .prepare(
      'SELECT requested_model AS requestedModel, pieces FROM works WHERE account_id = ?1 AND id = ?2',
    )
    .bind(accountId, jobId)
    .first<{ requestedModel: string | null; pieces: string | null }>()
  try {
    const row = await within(LIMIT_MS, 'the work', found)
    return (
      row && {
        ...row,
        pieces: row.pieces === null ? null : (JSON.parse(row.pieces) as BillableUnits),
      }
    )
  } catch (error) {
    console.error('work not read', String(error))
    return null
  }
}

/** Async jobs without a bill. Answers that broke off are excluded: their rows have an estimate. */
const OUTSTANDING = `token_id IS NOT NULL AND billed_by IS NULL AND done_at_ms IS NULL AND kind <> 'response'`

export interface Outstanding {
  count: number
  /** When the oldest of these jobs began. Null: there is none. */
  oldestAtMs: number | null
}

/**
 * Jobs without a bill of an account, or of some of its tokens and requesters only ('': no requester). An
 * empty list selects all.
 */
export async function readOutstanding(
  ledger: D1Database,
  accountId: string,
  { token, requester }: { token: readonly string[]; requester: readonly string[] },
): Promise<Outstanding> {
  const row = await ledger
    .prepare(
      `SELECT count(*) AS count, min(at_ms) AS oldestAtMs FROM works INDEXED BY works_outstanding
       WHERE account_id = ?1 AND ${OUTSTANDING}
         AND (json_array_length(?2) = 0 OR token_id IN (SELECT value FROM json_each(?2)))
         AND (json_array_length(?3) = 0 OR ifnull(label, '') IN (SELECT value FROM json_each(?3)))`,
    )
    .bind(accountId, JSON.stringify(token), JSON.stringify(requester))
    .first<Outstanding>()
  return row ?? { count: 0, oldestAtMs: null }
}

/** The state of the async job that a request began. */
export interface AsyncJobState {
  kind: AsyncJobKind
  state: 'outstanding' | 'billed' | 'over'
  /** The request whose row has the bill. */
  billedBy: string | null
}

/** Null: no such job is known. */
export async function readWorkState(
  ledger: D1Database,
  accountId: string,
  jobId: string,
): Promise<AsyncJobState | null> {
  const row = await ledger
    .prepare(
      `SELECT kind, billed_by AS billedBy, done_at_ms AS doneAtMs FROM works
       WHERE account_id = ?1 AND id = ?2 AND kind IS NOT NULL`,
    )
    .bind(accountId, jobId)
    .first<{ kind: AsyncJobKind; billedBy: string | null; doneAtMs: number | null }>()
  if (row === null) return null
  const state = row.billedBy !== null ? 'billed' : row.doneAtMs === null ? 'outstanding' : 'over'
  return { kind: row.kind, state, billedBy: row.billedBy }
}

/** An async job whose bill is to be fetched now. */
export interface DueJob {
  accountId: string
  id: string
  kind: 'video' | 'batch'
  tokenId: string
  label: string | null
  session: string | null
  tags: Readonly<Record<string, string>> | null
  /** When the job began. */
  atMs: number
  checks: number
  cursor: string | null
}

export async function dueJobs(ledger: D1Database, nowMs: number, limit: number): Promise<DueJob[]> {
  const { results } = await ledger
    .prepare(
      `SELECT account_id AS accountId, id, kind, token_id AS tokenId, label, session, tags, at_ms AS atMs,
         checks, cursor FROM works
       WHERE check_at_ms IS NOT NULL AND billed_by IS NULL AND done_at_ms IS NULL AND check_at_ms <= ?1
       ORDER BY check_at_ms LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<Omit<DueJob, 'tags'> & { tags: string | null }>()
  return results.map((job) => ({
    ...job,
    tags: job.tags === null ? null : (JSON.parse(job.tags) as DueJob['tags']),
  }))
}

/** Whether each of these bills is in a row already. */
export async function areBilled(
  ledger: D1Database,
  accountId: string,
  ids: readonly string[],
): Promise<boolean> {
  const missing = await ledger
    .prepare(
      `SELECT 1 FROM json_each(?2) AS b WHERE NOT EXISTS (SELECT 1 FROM works
         WHERE account_id = ?1 AND id = b.value AND billed_by IS NOT NULL) LIMIT 1`,
    )
    .bind(accountId, JSON.stringify(ids))
    .first()
  return missing === null
}

/** Notes one more check, when the next is due (null: never), and the cursor to continue from. */
export async function noteCheck(
  ledger: D1Database,
  { accountId, id }: Pick<DueJob, 'accountId' | 'id'>,
  { checkAtMs, cursor }: { checkAtMs: number | null; cursor: string | null },
): Promise<void> {
  await ledger
    .prepare(
      `UPDATE works SET check_at_ms = ?3, cursor = ?4, checks = checks + 1
       WHERE account_id = ?1 AND id = ?2`,
    )
    .bind(accountId, id, checkAtMs, cursor)
    .run()
}

/** Notes that a page of results was read, and the cursor of the next page. The job stays due. */
export async function notePage(
  ledger: D1Database,
  { accountId, id }: Pick<DueJob, 'accountId' | 'id'>,
  cursor: string,
): Promise<void> {
  await ledger
    .prepare('UPDATE works SET cursor = ?3 WHERE account_id = ?1 AND id = ?2')
    .bind(accountId, id, cursor)
    .run()
}

/** Ends the job: no further bill is expected. */
export async function noteOver(
  ledger: D1Database,
  { accountId, id }: Pick<DueJob, 'accountId' | 'id'>,
  nowMs: number,
): Promise<void> {
  await ledger
    .prepare('UPDATE works SET done_at_ms = ?3 WHERE account_id = ?1 AND id = ?2')
    .bind(accountId, id, nowMs)
    .run()
}
