/** What one isolate has done with its entries so far; numbers only rise. */
export interface WriterSnapshot {
  id: string
  /** Entries that it was given to remember. */
  accepted: number
  /** Attempts to hand one over that failed and were made again. */
  retried: number
  /** Entries that nobody took. */
  lost: number
  /** When the oldest entry came that it has not handed over yet. */
  pendingSinceMs: number | null
}

/**
 * Counts what an isolate does with its entries. The numbers travel with every entry that it hands over,
 * so that counting costs no request of its own and what an isolate knew outlives it.
 */
export class Writer {
  private readonly id: string
  private accepted = 0
  private retried = 0
  private lost = 0
  private readonly pending = new Map<string, number>()

  constructor(id: string) {
    this.id = id
  }

  accept(entryId: string, nowMs: number): void {
    this.accepted++
    this.pending.set(entryId, nowMs)
  }

  handedOver(entryId: string): void {
    this.pending.delete(entryId)
  }

  lose(entryId: string): void {
    this.lost++
    this.pending.delete(entryId)
  }

  retry(): void {
    this.retried++
  }

  /** As it will be once the entries that it goes with are handed over. */
  snapshot(...entryIds: readonly string[]): WriterSnapshot {
    const { id, accepted, retried, lost } = this
    return { id, accepted, retried, lost, pendingSinceMs: this.oldestBut(new Set(entryIds)) }
  }

  private oldestBut(entryIds: ReadonlySet<string>): number | null {
    // A map keeps the order in which entries came.
    for (const [id, sinceMs] of this.pending) if (!entryIds.has(id)) return sinceMs
    return null
  }
}
