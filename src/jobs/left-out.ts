import { loggable } from '../http/error-log.ts'
import { noteHeartbeat } from '../ledger/heartbeats-store.ts'

/** Jobs that had no turn in the last run come first, the longest waiting ahead, then the others in their order. */
export async function inOrderOfNeed(
  ledger: D1Database,
  names: readonly string[],
): Promise<readonly string[]> {
  try {
    const { results } = await ledger
      .prepare('SELECT name FROM left_out_jobs ORDER BY since_ms')
      .all<{ name: string }>()
    const leftOut = results.map(({ name }) => name).filter((name) => names.includes(name))
    return [...leftOut, ...names.filter((name) => !leftOut.includes(name))]
  } catch (error) {
    // If D1 does not answer, keep the order: each job reports its own failure.
    console.error('jobs left out not read', loggable(error))
    return names
  }
}

/**
 * Notes all jobs of a run as left out before it begins, with the latest time for the first one. If the runtime
 * ends the run during any job, another job comes first in the next run.
 */
export async function noteBegun(
  ledger: D1Database,
  [first, ...others]: readonly string[],
  nowMs: number,
): Promise<void> {
  try {
    await ledger
      .prepare(
        `INSERT INTO left_out_jobs (name, since_ms)
         SELECT value, ?2 + (value = ?3) FROM json_each(?1) WHERE true
         ON CONFLICT (name) DO UPDATE SET since_ms = iif(name = ?3, excluded.since_ms, since_ms)`,
      )
      .bind(JSON.stringify([first, ...others]), nowMs, first)
      .run()
  } catch (error) {
    console.error('jobs not noted as begun', loggable(error))
  }
}

/** What became of the jobs of a run. */
export interface Outcome {
  /** Those that had no turn. */
  leftOut: readonly string[]
  /** The last error of each that failed. */
  errors: ReadonlyMap<string, string>
}

/** Notes that the cron has run, which of its jobs had no turn, which failed, and since when. */
export async function noteOutcome(
  ledger: D1Database,
  cron: string,
  names: readonly string[],
  { leftOut, errors }: Outcome,
  nowMs: number,
): Promise<void> {
  const others = names.filter((name) => !leftOut.includes(name))
  const succeeded = others.filter((name) => !errors.has(name))
  const failed = [...errors].map(([name, error]) => ({ name, error }))
  try {
    await ledger.batch([
      noteHeartbeat(ledger, cron, nowMs),
      ledger
        .prepare('DELETE FROM failed_jobs WHERE name IN (SELECT value FROM json_each(?1))')
        .bind(JSON.stringify(succeeded)),
      ledger
        .prepare(
          `INSERT INTO failed_jobs (name, since_ms, error)
           SELECT value ->> 'name', ?2, value ->> 'error' FROM json_each(?1) WHERE true
           ON CONFLICT (name) DO UPDATE SET error = excluded.error`,
        )
        .bind(JSON.stringify(failed), nowMs),
      ledger
        .prepare('DELETE FROM left_out_jobs WHERE name IN (SELECT value FROM json_each(?1))')
        .bind(JSON.stringify(others)),
      ledger
        .prepare(
          `INSERT INTO left_out_jobs (name, since_ms) SELECT value, ?2 FROM json_each(?1) WHERE true
           ON CONFLICT (name) DO NOTHING`,
        )
        .bind(JSON.stringify(leftOut), nowMs),
    ])
  } catch (error) {
    console.error('jobs left out or failed not noted', loggable(error))
  }
}
