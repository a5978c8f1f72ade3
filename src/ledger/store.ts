import type { DeadLetter } from './dead-letter.ts'
import type { LedgerEntry } from './entry.ts'
import type { LedgerMessage } from './message.ts'
import {
  COUNT_MESSAGES,
  DELETE_IN_FLIGHT,
  INSERT_ENTRIES,
  INSERT_IN_FLIGHT,
  KEEP_DEAD,
  IN_FLIGHT_WRITER,
} from './sql.ts'
import { firstUuid, timeOfUuid } from '../http/uuid.ts'
import type { WriterSnapshot } from './writer.ts'
import { NO_JOB, type AsyncJob } from './async-jobs/async-job.ts'
import { JOBS_AFTER_ROWS, JOBS_BEFORE_ROWS } from './async-jobs/sql.ts'
import { DAY_MS } from '../http/time.ts'

/**
 * Writes messages in one transaction: rows (a trigger adds them to the hourly sums), in-flight records and the
 * writers' counts. Idempotent, in any order. Throws if D1 does not take them.
 */
export async function writeMessages(
  ledger: D1Database,
  messages: readonly LedgerMessage[],
  nowMs: number,
): Promise<void> {
  if (messages.length === 0) return
  const json = JSON.stringify(messages)
  const has = (kind: LedgerMessage['kind']): boolean => messages.some((one) => one.kind === kind)
  const statements = [ledger.prepare(COUNT_MESSAGES).bind(json, nowMs)]
  const bind = (sql: string): D1PreparedStatement => ledger.prepare(sql).bind(json)
  const hasWork = messages.some(({ work, marked }) => work !== null || marked)
  if (hasWork) statements.push(...JOBS_BEFORE_ROWS.map(bind))
  if (has('entry')) statements.push(bind(INSERT_ENTRIES))
  if (hasWork) statements.push(...JOBS_AFTER_ROWS.map(bind))
  if (has('open')) statements.push(ledger.prepare(INSERT_IN_FLIGHT).bind(json))
  if (messages.some((one) => one.marked))
    statements.push(ledger.prepare(DELETE_IN_FLIGHT).bind(json))
  await ledger.batch(statements)
}

/** Whether D1 can never take this, as opposed to not now. */
export const isFinal = (error: unknown): boolean =>
  /constraint|SQLITE_MISMATCH|datatype mismatch|too big|malformed JSON/i.test(String(error))

/** Stores dead letters with the reason, until they are replayed. */
export async function keepDead(
  ledger: D1Database,
  letters: readonly DeadLetter[],
  nowMs: number,
): Promise<void> {
  // An in-flight record is only a hint: without it a row may be missing, but no row is lost.
  const kept = letters.filter((letter) => letter.kind !== 'open')
  if (kept.length < letters.length) console.error('marks given up', letters.length - kept.length)
  if (kept.length === 0) return
  const heard = kept.flatMap(({ writer }) => (writer ? [{ writer }] : []))
  await ledger.batch([
    ledger.prepare(COUNT_MESSAGES).bind(JSON.stringify(heard), nowMs),
    ledger.prepare(KEEP_DEAD).bind(JSON.stringify(kept), nowMs),
  ])
}

/**
 * Writes lost rows for requests that began before `beforeMs` and have not ended, the oldest first: their isolate is
 * gone. Returns how many.
 */
export async function closeMarks(
  ledger: D1Database,
  beforeMs: number,
  nowMs: number,
  most: number,
): Promise<number> {
  const { results } = await ledger
    .prepare('SELECT entry FROM open_requests WHERE id < ?1 ORDER BY id LIMIT ?2')
    .bind(firstUuid(beforeMs), most)
    .all<{ entry: string }>()
  const writer = { id: IN_FLIGHT_WRITER, accepted: 0, retried: 0, lost: 0, pendingSinceMs: null }
  const messages = results.map(({ entry: json }): LedgerMessage => {
    const entry = JSON.parse(json) as LedgerEntry
    return { v: 1, kind: 'entry', entry, marked: true, work: asyncJobOfLost(entry), writer }
  })
  await writeMessages(ledger, messages, nowMs)
  return messages.length
}

/** A lost response may still be fetched from xAI by its id. */
function asyncJobOfLost(entry: LedgerEntry): AsyncJob | null {
  if (entry.endpoint !== 'responses' || entry.responseId === null) return null
  return { ...NO_JOB, starts: entry.responseId, kind: 'response' }
}

export interface LedgerCounts {
  accepted: number
  written: number
  /** Accepted, but not yet written, dead or lost. */
  waiting: number
  dead: number
  lost: number
  retried: number
  /** Requests with an in-flight record. */
  open: number
  /** When the oldest entry that an isolate has not handed over was accepted. Null: none. */
  pendingSinceMs: number | null
  /** When the request of the oldest in-flight record began. Null: none. */
  openSinceMs: number | null
  /** The size of the database. */
  sizeBytes: number
}

/** A writer's accepted entries that are neither written nor dead nor lost. */
const MISSING = `(accepted - written - lost - (SELECT count(*) FROM dead_letters WHERE writer_id = writers.id))`

/** Counts the accepted entries by what became of them. */
export async function countEntries(ledger: D1Database): Promise<LedgerCounts> {
  const [sums, dead, open] = await ledger.batch<Record<string, number | string | null>>([
    ledger.prepare(
      `SELECT total(accepted) AS accepted, total(written) AS written, total(lost + gone) AS lost,
         total(retried) AS retried, min(iif(missing > gone, pending_since_ms, NULL)) AS pending
       FROM (SELECT *, max(0, min(given_up, missing)) AS gone FROM (SELECT *, ${MISSING} AS missing FROM writers))`,
    ),
    ledger.prepare('SELECT count(*) AS n FROM dead_letters WHERE writer_id IS NOT NULL'),
    ledger.prepare('SELECT count(*) AS n, min(id) AS first FROM open_requests'),
  ])
  const [row, marks] = [sums?.results[0], open?.results[0]]
  const counts = {
    accepted: Number(row?.['accepted']),
    written: Number(row?.['written']),
    dead: Number(dead?.results[0]?.['n']),
    lost: Number(row?.['lost']),
    retried: Number(row?.['retried']),
    open: Number(marks?.['n']),
  }
  const first = marks?.['first']
  return {
    ...counts,
    waiting: counts.accepted - counts.written - counts.dead - counts.lost,
    pendingSinceMs: typeof row?.['pending'] === 'number' ? row['pending'] : null,
    openSinceMs: typeof first === 'string' ? timeOfUuid(first) : null,
    sizeBytes: sums?.meta.size_after ?? 0,
  }
}

/** A queue keeps a message for four days, and its dead letters for four more. Plus one day of margin. */
export const NOTHING_COMES_AFTER_MS = 9 * DAY_MS

/**
 * Adds up the writers that have been silent for long, so that their number stays small. Their entries that have not
 * been written by now can no longer come, and are counted as lost.
 */
export async function compactWriters(ledger: D1Database, nowMs: number): Promise<void> {
  const old = `id NOT IN ('${IN_FLIGHT_WRITER}', 'past') AND seen_at_ms < ?1`
  await ledger.batch(
    [
      `INSERT INTO writers (id, accepted, written, retried, lost, seen_at_ms)
       SELECT 'past', sum(accepted), sum(written), sum(retried),
         sum(lost + ${MISSING}),
         max(seen_at_ms) FROM writers WHERE ${old} HAVING count(*) > 0
       ON CONFLICT (id) DO UPDATE SET accepted = accepted + excluded.accepted,
         written = written + excluded.written, retried = retried + excluded.retried,
         lost = lost + excluded.lost, seen_at_ms = excluded.seen_at_ms`,
      `DELETE FROM writers WHERE ${old}`,
    ].map((sql) => ledger.prepare(sql).bind(nowMs - NOTHING_COMES_AFTER_MS)),
  )
}

/** Takes over a writer's counts, without any entries. */
export async function noteWriter(
  ledger: D1Database,
  writer: WriterSnapshot,
  nowMs: number,
): Promise<void> {
  await ledger
    .prepare(COUNT_MESSAGES)
    .bind(JSON.stringify([{ writer }]), nowMs)
    .run()
}

/** A busy writer is heard of far more often. */
const SILENT_MS = 3_600_000

/**
 * Counts as lost the missing entries of writers that have been silent for an hour. Call it only when the queue and
 * the outbox are empty. Returns the entries given up of the writers whose number has risen.
 */
export async function giveUpEntries(ledger: D1Database, nowMs: number): Promise<number> {
  const { results } = await ledger
    .prepare(
      `UPDATE writers SET given_up = ${MISSING} WHERE id NOT IN ('${IN_FLIGHT_WRITER}', 'past')
         AND seen_at_ms < ?1 AND ${MISSING} > given_up RETURNING given_up AS entries`,
    )
    .bind(nowMs - SILENT_MS)
    .all<{ entries: number }>()
  return results.reduce((sum, { entries }) => sum + entries, 0)
}

/** Deletes old async jobs. xAI keeps results for thirty days at most. */
export async function deleteOldAsyncJobs(
  ledger: D1Database,
  beforeMs: number,
  nowMs: number,
): Promise<void> {
  await ledger.batch([
    ledger.prepare('DELETE FROM works WHERE at_ms < ?1').bind(beforeMs),
    // Bills of async jobs that no row began: they wait as long as that row may still come.
    ledger
      .prepare('DELETE FROM works WHERE at_ms < ?1 AND bill IS NOT NULL AND token_id IS NULL')
      .bind(nowMs - NOTHING_COMES_AFTER_MS),
  ])
}
