import { endOfPartSql, foldSql, nextPartsSql, type Part } from './fold.ts'

/** Rows may still come for a moment after the hour; those that come later are summed up again. */
const FOLD_AFTER_MS = 600_000
// So many sums take D1 a fraction of a second, and a statement may take thirty.
const SUMS_AT_ONCE = 5_000
/** A part with this share of them is taken by itself, so that planning reads little more than is summed up. */
const SMALL_SHARE = 1 / 5
const PARTS_AT_ONCE = 20
/** Of hours and of days each, a run. A turn takes nine queries, of fifty that all jobs have on Free. */
export const FOLD_TURNS = { free: 1, paid: 20 } as const
const RUN_MS = 60_000

interface Limits {
  turns: number
  /** How many sums one statement takes. */
  sumsAtOnce?: number
}

type Counted = Omit<Part, 'until'> & { rows: number }

/** Sums up the hours and days that are over and have changed, a bounded number of sums at a time. */
export async function foldSums(
  ledger: D1Database,
  nowMs: number,
  { turns, sumsAtOnce = SUMS_AT_ONCE }: Limits = { turns: FOLD_TURNS.paid },
): Promise<void> {
  const untilMs = Date.now() + RUN_MS
  const small = Math.ceil(sumsAtOnce * SMALL_SHARE)
  for (const kind of ['hour', 'day'] as const) {
    const [next, end, fold] = [nextPartsSql(kind), endOfPartSql(kind), foldSql(kind)]
    for (let turn = 0; turn < turns && Date.now() < untilMs; turn++) {
      const { results } = await ledger
        .prepare(next)
        .bind(nowMs - FOLD_AFTER_MS, small, PARTS_AT_ONCE)
        .all<Counted>()
      const [first] = results
      if (first === undefined) break
      const endOf = (part: Counted): Promise<string | null> =>
        ledger.prepare(end).bind(JSON.stringify(part), sumsAtOnce).first<string>('until')
      const parts =
        first.rows < small
          ? smallOnes(results, small, sumsAtOnce).map((part) => ({ ...part, until: null }))
          : [{ ...first, until: await endOf(first) }]
      await ledger.batch(fold.map((sql) => ledger.prepare(sql).bind(JSON.stringify(parts))))
    }
  }
}

/** The first parts, up to one that is not small, with so many sums together. */
function smallOnes(parts: readonly Counted[], small: number, sumsAtOnce: number): Counted[] {
  let sums = 0
  const end = parts.findIndex(({ rows }) => rows >= small || (sums += rows) > sumsAtOnce)
  return end === -1 ? [...parts] : parts.slice(0, end)
}
