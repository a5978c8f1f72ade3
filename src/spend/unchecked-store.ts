import { HOUR_MS } from '../http/time.ts'

/** Counts a request whose account's object did not answer; a job deletes old counts. */
export async function noteUnchecked(
  ledger: D1Database,
  nowMs: number,
  by: { passed: number; refused: number },
): Promise<void> {
  await ledger
    .prepare(
      `INSERT INTO unchecked_requests (hour_ms, passed, refused) VALUES (?1, ?2, ?3)
       ON CONFLICT (hour_ms) DO UPDATE SET passed = passed + excluded.passed, refused = refused + excluded.refused`,
    )
    .bind(nowMs - (nowMs % HOUR_MS), by.passed, by.refused)
    .run()
}
