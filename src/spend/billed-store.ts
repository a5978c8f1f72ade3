import type { LedgerEntry } from '../ledger/entry.ts'

/** What a row of the ledger has of async work's bill, and when the work began. */
export interface BilledWork {
  entry: Pick<
    LedgerEntry,
    'tokenId' | 'label' | 'costTicks' | 'countedTicks' | 'inputTokens' | 'outputTokens'
  >
  /** Null: it is not known to have begun, or this row brings no bill. */
  began: { atMs: number; counted: number } | null
}

/** The bill that a request brought, as the ledger has taken it: the first that brings it has it. Null: no such row. */
export async function readBilled(
  ledger: D1Database,
  { accountId, id }: Pick<LedgerEntry, 'accountId' | 'id'>,
  jobId: string,
): Promise<BilledWork | null> {
  const row = await ledger
    .prepare(
      `SELECT r.token_id AS tokenId, r.label, r.cost_ticks AS costTicks, r.counted_ticks AS countedTicks,
         r.input_tokens AS inputTokens, r.output_tokens AS outputTokens,
         w.at_ms AS beganMs, w.counted_ticks AS counted
       FROM requests AS r LEFT JOIN works AS w ON w.account_id = r.account_id AND w.id = ?3 AND w.token_id IS NOT NULL
       WHERE r.account_id = ?1 AND r.id = ?2`,
    )
    .bind(accountId, id, jobId)
    .first<BilledWork['entry'] & { beganMs: number | null; counted: number | null }>()
  if (row === null) return null
  const { beganMs, counted, ...entry } = row
  const isBill = entry.costTicks !== null && beganMs !== null
  return { entry, began: isBill ? { atMs: beganMs, counted: counted ?? 0 } : null }
}
