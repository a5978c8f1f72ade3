import type { Env } from '../../env.ts'

/** How far a job has come with the rules of all accounts. */
export interface Cycle {
  /** When the running cycle began, and the one before it. */
  atMs: number
  beforeMs: number
  /** The last that was looked at. Null: the cycle is over. */
  cursor: string | null
}

const OVER = ''
/** Sorts before every id. */
export const BEGIN = ' '

/**
 * The cycle to go on with; a new one begins when the last is over and `stepMs` have passed. Null: there is nothing to
 * do yet, for instance because the same run has come twice.
 */
export async function nextCycle(
  { DB }: Pick<Env, 'DB'>,
  name: string,
  stepMs: number,
  nowMs: number,
): Promise<Cycle | null> {
  const row = await DB.prepare(
    'SELECT at_ms AS atMs, before_ms AS beforeMs, cursor FROM alert_cycles WHERE name = ?1',
  )
    .bind(name)
    .first<{ atMs: number; beforeMs: number; cursor: string }>()
  if (row === null) return { atMs: nowMs, beforeMs: nowMs, cursor: BEGIN }
  if (row.cursor !== OVER) return row
  const step = (ms: number): number => Math.floor(ms / stepMs)
  if (step(nowMs) <= step(row.atMs)) return null
  return { atMs: nowMs, beforeMs: row.atMs, cursor: BEGIN }
}

/** Keeps how far a cycle has come. */
export async function keepCycle(
  { DB }: Pick<Env, 'DB'>,
  name: string,
  { atMs, beforeMs, cursor }: Cycle,
): Promise<void> {
  await DB.prepare(
    `INSERT INTO alert_cycles (name, at_ms, before_ms, cursor) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms, before_ms = excluded.before_ms, cursor = excluded.cursor`,
  )
    .bind(name, atMs, beforeMs, cursor ?? OVER)
    .run()
}
