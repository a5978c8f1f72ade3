import type { Budget } from '../budget.ts'
import { OTHERS } from '../../ledger/rollups/others.ts'
import { keyOf, lineId, partsOf, type Line } from '../lines.ts'
import { periodAt } from '../window.ts'
import { emptyBucket, spentOf, type Bucket } from './bucket.ts'

/** The values of one budget and window that have a bucket of their own. */
export const MOST_VALUES = 10_000
const MOST_CACHED = 2_000

export interface StoredBucket {
  value: string
  state: string
}

/** The table of buckets, by the key of the budget, the start of the window, and the value. */
export interface BucketTable {
  read: (key: string, startMs: number, value: string) => string | null
  write: (key: string, startMs: number, value: string, spent: number, state: string) => void
  delete: (key: string, startMs: number, value: string) => void
  count: (key: string, startMs: number) => number
  /** The buckets with the least spent, or the most. */
  smallest: (key: string, startMs: number, most: number) => StoredBucket[]
  largest: (key: string, startMs: number, most: number) => StoredBucket[]
}

/** The buckets of an account, read as they are needed. */
export class Buckets {
  zone = 'UTC'
  /** Sees every bucket that changes, before it is kept. */
  watch: (line: Line, bucket: Bucket) => void = () => {}
  private readonly cache = new Map<string, Bucket>()
  private readonly counts = new Map<string, number>()
  private readonly table: BucketTable

  constructor(table: BucketTable) {
    this.table = table
  }

  /** The line of an id. Null: its budget is gone. */
  byLine(id: string, budgets: readonly Budget[]): Line | null {
    const { key, startMs, value } = partsOf(id)
    const budget = budgets.find((one) => keyOf(one) === key)
    if (!budget) return null
    return { id, budget, value, period: periodAt(budget.window, this.zone, startMs) }
  }

  /** A copy is not made: change it with `change` only. */
  read(line: Line): Bucket {
    const known = this.cache.get(line.id)
    if (known) return known
    const { key, startMs, value } = partsOf(line.id)
    const state = this.table.read(key, startMs, value)
    const bucket = state === null ? null : (JSON.parse(state) as Bucket)
    return bucket ? this.keep(line.id, bucket) : emptyBucket()
  }

  change(line: Line, change: (bucket: Bucket) => void): void {
    const { key, startMs, value } = partsOf(line.id)
    const bucket = this.read(line)
    if (!this.cache.has(line.id)) {
      this.makeRoom(line, key, startMs)
      this.keep(line.id, bucket)
    }
    const before = JSON.stringify(bucket)
    change(bucket)
    this.watch(line, bucket)
    const after = JSON.stringify(bucket)
    if (after !== before) this.table.write(key, startMs, value, spentOf(bucket), after)
  }

  /** Forgets what is in memory, because the table has been changed. */
  reset(): void {
    this.cache.clear()
    this.counts.clear()
  }

  private keep(id: string, bucket: Bucket): Bucket {
    const [oldest] = this.cache.keys()
    if (this.cache.size >= MOST_CACHED && oldest !== undefined) this.cache.delete(oldest)
    this.cache.set(id, bucket)
    return bucket
  }

  /** Beyond so many values, the one with the least is merged with the others, which share a bucket. */
  private makeRoom(line: Line, budget: string, startMs: number): void {
    if (line.value === OTHERS) return
    const counted = `${budget} ${startMs}`
    const count = this.counts.get(counted) ?? this.table.count(budget, startMs)
    this.counts.set(counted, count + 1)
    if (count < MOST_VALUES) return
    const rare = this.table
      .smallest(budget, startMs, 20)
      .map(({ value, state }) => ({ value, bucket: JSON.parse(state) as Bucket }))
      .find(({ value, bucket }) => value !== OTHERS && Object.keys(bucket.leases).length === 0)
    if (!rare) return
    const id = (value: string): string => lineId(budget, startMs, value)
    this.change({ ...line, id: id(OTHERS), value: OTHERS }, (others) => {
      others.spent += rare.bucket.spent
      others.moved += rare.bucket.moved
    })
    this.table.delete(budget, startMs, rare.value)
    this.cache.delete(id(rare.value))
    this.counts.set(counted, count)
  }
}
