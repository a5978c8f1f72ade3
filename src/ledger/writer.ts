/** The counts of one isolate's entries. They only rise. */
export interface WriterSnapshot {
  id: string
  /** Entries that it was given to write. */
  accepted: number
  /** Failed attempts to hand over entries that were repeated. */
  retried: number
  /** Entries that no sink took. */
  lost: number
  /** When the oldest entry that is not handed over yet was accepted. Null: none. */
  pendingSinceMs: number | null
}

/**
 * Counts an isolate's entries. The counts travel with every entry, so that they cost no request of their own
 * and outlive the isolate.
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

  /** The counts as they will be once the given entries are handed over. */
  snapshot(...entryIds: readonly string[]): WriterSnapshot {
    const { id, accepted, retried, lost } = this
    return { id, accepted, retried, lost, pendingSinceMs: this.oldestBut(new Set(entryIds)) }
  }

  private oldestBut(entryIds: ReadonlySet<string>): number | null {
    // A Map keeps insertion order.
    for (const [id, sinceMs] of this.pending) if (!entryIds.has(id)) return sinceMs
    return null
  }
}
