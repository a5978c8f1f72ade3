interface Remembered<T> {
  value: T
  untilMs: number
}

/** A cache in the isolate's memory with a limit on entries. The oldest entry is dropped first. */
export class Memory<T> {
  private readonly entries = new Map<string, Remembered<T>>()
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  /** `undefined`: not cached, or expired. */
  get(key: string, nowMs: number): T | undefined {
    const entry = this.entries.get(key)
    if (entry !== undefined && entry.untilMs > nowMs) return entry.value
    this.entries.delete(key)
    return undefined
  }

  set(key: string, value: T, untilMs: number): void {
    this.entries.delete(key)
    if (this.entries.size >= this.limit) {
      const [oldest] = this.entries.keys()
      if (oldest !== undefined) this.entries.delete(oldest)
    }
    this.entries.set(key, { value, untilMs })
  }

  deleteWhere(matches: (value: T) => boolean): void {
    for (const [key, entry] of this.entries) if (matches(entry.value)) this.entries.delete(key)
  }
}
