import { loggable } from '../error-log.ts'

/** Those that had no turn in the last run come first, and the others in their own order. */
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
    // What D1 cannot say, it will hardly be asked in vain: each job says itself what goes wrong.
    console.error('jobs left out not read', loggable(error))
    return names
  }
}

/** Notes who of these had no turn, and since when. */
export async function noteLeftOut(
  ledger: D1Database,
  names: readonly string[],
  leftOut: readonly string[],
  nowMs: number,
): Promise<void> {
  const others = names.filter((name) => !leftOut.includes(name))
  try {
    await ledger.batch([
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
    console.error('jobs left out not noted', loggable(error))
  }
}
