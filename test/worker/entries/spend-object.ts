// An account's object as a test or a bench has it: the real one, with its database in memory.
import type { Budget } from '../../../src/spend/budget.ts'
import { Buckets, type BucketTable } from '../../../src/spend/object/buckets.ts'
import type { SampleStore } from '../../../src/spend/object/counter.ts'
import { Funds } from '../../../src/spend/object/funds.ts'
import { Pool } from '../../../src/spend/object/pool.ts'
import type { Samples } from '../../../src/spend/object/samples.ts'
import { Settled } from '../../../src/spend/object/settled.ts'

export function memoryTable(): BucketTable {
  const rows = new Map<string, { spent: number; state: string }>()
  const key = (...parts: (string | number)[]): string => JSON.stringify(parts)
  return {
    read: (...parts) => rows.get(key(...parts))?.state ?? null,
    write: (budget, startMs, value, spent, state) =>
      void rows.set(key(budget, startMs, value), { spent, state }),
    delete: (...parts) => void rows.delete(key(...parts)),
    count: () => rows.size,
    smallest: () => [],
    largest: () => [],
  }
}

export function memorySamples(): SampleStore {
  const samples = new Map<string, Samples>()
  return {
    read: (key) => samples.get(key) ?? { cost: [], tokens: [] },
    write: (key, one) => void samples.set(key, one),
  }
}

/** An object with these budgets. The same stores again are one that has been evicted and has come back. */
export function startPool(
  budgets: readonly Budget[],
  table: BucketTable,
  samples: SampleStore,
): { pool: Pool; buckets: Buckets } {
  const buckets = new Buckets(table)
  const funds = new Funds(buckets)
  funds.budgets = budgets.map((budget) => ({ ...budget, thresholds: [] }))
  return { pool: new Pool(funds, samples, new Settled()), buckets }
}
