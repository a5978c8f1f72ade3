import { foldSql, nextPartsSql, type Part } from './fold.ts'

/** Rows may still come for a moment after the hour; those that come later are summed up again. */
const FOLD_AFTER_MS = 600_000
// So many sums take D1 a fraction of a second, and a statement may take thirty.
const SUMS_AT_ONCE = 5_000
const PARTS_AT_ONCE = 96
/** Of hours and of days each, a run. A turn takes eight queries, of fifty that all jobs have on Free. */
export const FOLD_TURNS = { free: 1, paid: 20 } as const
const RUN_MS = 60_000

interface Limits {
  turns: number
  /** How many sums one statement takes. */
  sumsAtOnce?: number
}

/** Sums up the hours and days that are over and have changed, a bounded number of sums at a time. */
export async function foldSums(
  ledger: D1Database,
  nowMs: number,
  { turns, sumsAtOnce = SUMS_AT_ONCE }: Limits = { turns: FOLD_TURNS.paid },
): Promise<void> {
  const untilMs = Date.now() + RUN_MS
  for (const kind of ['hour', 'day'] as const) {
    const [next, fold] = [nextPartsSql(kind), foldSql(kind)]
    for (let turn = 0; turn < turns && Date.now() < untilMs; turn++) {
      const { results } = await ledger
        .prepare(next)
        .bind(nowMs - FOLD_AFTER_MS, sumsAtOnce, PARTS_AT_ONCE)
        .all<Part & { rows: number }>()
      if (results.length === 0) break
      const parts = JSON.stringify(firstOf(results, sumsAtOnce))
      await ledger.batch(fold.map((sql) => ledger.prepare(sql).bind(parts)))
    }
  }
}

/** As many as have so many sums together, but one in any case. */
function firstOf(parts: readonly (Part & { rows: number })[], sumsAtOnce: number): Part[] {
  const taken: Part[] = []
  let sums = 0
  for (const { rows, ...part } of parts) {
    sums += rows
    if (taken.length > 0 && sums > sumsAtOnce) break
    taken.push(part)
  }
  return taken
}
