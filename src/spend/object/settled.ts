import type { Item } from '../protocol.ts'

const MOST = 2_000
/** Longer than a request takes to be reported after its row has been written. */
const KEPT_MS = 1_200_000

/**
 * The requests that have been counted lately, so that a count from the ledger leaves none out and has none twice: a
 * row may be in the ledger before it is reported, or be reported before it is there.
 */
export class Settled {
  private readonly recent = new Map<string, { item: Item; atMs: number }>()
  /** By budget: the requests that its last count from the ledger had. */
  private readonly counted = new Map<string, ReadonlySet<string>>()

  add(item: Item, nowMs: number): void {
    this.recent.set(item.id, { item, atMs: nowMs })
    const [oldest] = this.recent
    if (oldest && (this.recent.size > MOST || oldest[1].atMs < nowMs - KEPT_MS))
      this.recent.delete(oldest[0])
  }

  /** Whether the ledger's sum, which a budget's amount was last set to, had this request. */
  covers(budgetId: string, id: string): boolean {
    return this.counted.get(budgetId)?.has(id) === true
  }

  /**
   * The counted requests that a sum of the ledger lacks: `ids` are the rows that it had of those since `sinceMs`.
   * Older ones are taken to be in it.
   */
  missing(ids: ReadonlySet<string>, sinceMs: number, readAtMs: number): Item[] {
    return [...this.recent.values()]
      .filter(({ item }) => item.atMs >= sinceMs && !ids.has(item.id))
      .filter(({ item, atMs }) => !item.isWritten || atMs >= readAtMs)
      .map(({ item }) => item)
  }

  /** A budget's amount has been set to a sum of the ledger. Requests that are reported again count no more. */
  noteCount(budgetId: string, ids: ReadonlySet<string>): void {
    const unreported = [...ids].filter((id) => !this.recent.has(id))
    this.counted.set(budgetId, new Set(unreported))
  }
}
