import { HOUR_MS } from '../../http/time.ts'

/** Requests of the last 24 hours that passed, or were refused, because their account's object did not answer. */
export async function readUnchecked(
  ledger: D1Database,
  nowMs: number,
): Promise<{ passed: number; refused: number }> {
  const row = await ledger
    .prepare(
      'SELECT total(passed) AS passed, total(refused) AS refused FROM unchecked_requests WHERE hour_ms > ?1',
    )
    .bind(nowMs - 24 * HOUR_MS)
    .first<{ passed: number; refused: number }>()
  return { passed: Number(row?.passed), refused: Number(row?.refused) }
}
