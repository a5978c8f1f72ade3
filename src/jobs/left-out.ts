import { loggable } from '../http/error-log.ts'

/** Jobs that had no turn → since when. */
export type LeftOut = Readonly<Record<string, number>>

/** What earlier runs of the cron have left out. */
export async function readLeftOut(ledger: D1Database, cron: string): Promise<LeftOut> {
  try {
    const row = await ledger
      .prepare('SELECT left_out AS leftOut FROM heartbeats WHERE name = ?1')
      .bind(cron)
      .first<{ leftOut: string | null }>()
    return JSON.parse(row?.leftOut ?? '{}') as LeftOut
  } catch (error) {
    // If D1 does not answer, keep the order: each job reports its own failure.
    console.error('jobs left out not read', loggable(error))
    return {}
  }
}

/** Jobs that had no turn in the last run come first, the longest waiting ahead, then the others in their order. */
export function inOrderOfNeed(leftOut: LeftOut, names: readonly string[]): readonly string[] {
  const sinceMs = (name: string): number => leftOut[name] ?? Infinity
  const waiting = names.filter((name) => Object.hasOwn(leftOut, name))
  return [
    ...waiting.toSorted((one, other) => sinceMs(one) - sinceMs(other)),
    ...names.filter((name) => !Object.hasOwn(leftOut, name)),
  ]
}

// One row for a cron: a row for each job would be 10,000 written rows a day, a tenth of what the Free plan allows.
const NOTE = `INSERT INTO heartbeats (name, at_ms, left_out) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms, left_out = excluded.left_out`

/**
 * Notes that the cron runs, and all its jobs as left out before it begins, with the latest time for the first one. If
 * the runtime ends the run during any job, another job comes first in the next run.
 */
export async function noteBegun(
  ledger: D1Database,
  cron: string,
  names: readonly string[],
  leftOut: LeftOut,
  nowMs: number,
): Promise<void> {
  const begun = Object.fromEntries(
    names.map((name, at) => [name, at === 0 ? nowMs + 1 : (leftOut[name] ?? nowMs)]),
  )
  try {
    await ledger.prepare(NOTE).bind(cron, nowMs, JSON.stringify(begun)).run()
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

/** Notes which of these jobs had no turn, which failed, and since when. */
export async function noteOutcome(
  ledger: D1Database,
  cron: string,
  names: readonly string[],
  before: LeftOut,
  { leftOut, errors }: Outcome,
  nowMs: number,
): Promise<void> {
  const succeeded = names.filter((name) => !leftOut.includes(name) && !errors.has(name))
  const failed = [...errors].map(([name, error]) => ({ name, error }))
  const left = Object.fromEntries(leftOut.map((name) => [name, before[name] ?? nowMs]))
  try {
    await ledger.batch([
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
      ledger.prepare(NOTE).bind(cron, nowMs, JSON.stringify(left)),
    ])
  } catch (error) {
    console.error('jobs left out or failed not noted', loggable(error))
  }
}
