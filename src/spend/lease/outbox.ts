import type { Change, Item, Report } from '../protocol.ts'

type Amounts = Omit<Change, 'line'>
const NO_CHANGE: Amounts = { held: 0, free: 0, running: 0, excess: 0 }
const MOST_REPORTS = 500

/** What an isolate has to tell an account's object, until it has been confirmed. */
export class Outbox {
  private changes = new Map<string, Amounts>()
  private items: Item[] = []
  /** Calls whose answers have not come. */
  private abandoned: string[] = []
  private reports: Report[] = []

  get hasNews(): boolean {
    return this.isChanged || this.reports.length > 0
  }

  private get isChanged(): boolean {
    return this.changes.size > 0 || this.items.length > 0 || this.abandoned.length > 0
  }

  /** Adds to what has changed of a line; with nothing, the line is only told to be in use. */
  change(line: string, by: Partial<Amounts>): void {
    const before = this.changes.get(line) ?? NO_CHANGE
    this.changes.set(line, {
      held: before.held + (by.held ?? 0),
      free: before.free + (by.free ?? 0),
      running: before.running + (by.running ?? 0),
      excess: before.excess + (by.excess ?? 0),
    })
  }

  set(line: string, to: Partial<Amounts>): void {
    this.changes.set(line, { ...NO_CHANGE, ...to })
  }

  add(item: Item): void {
    this.items.push(item)
  }

  /** The answer of a call has not come: what it may have granted is given back. */
  abandon(syncId: string): void {
    this.abandoned.push(syncId)
  }

  /** The reports that have not been confirmed, with all that has come since. */
  report(): readonly Report[] {
    if (this.isChanged) {
      const changes = [...this.changes].map(([line, change]) => ({ line, ...change }))
      const { items, abandoned } = this
      this.reports.push({ id: crypto.randomUUID(), changes, items, abandoned })
      this.changes = new Map()
      this.items = []
      this.abandoned = []
    }
    // The object finds in the ledger what it was never told.
    if (this.reports.length > MOST_REPORTS) this.reports.splice(0, 1)
    return [...this.reports]
  }

  confirm(reports: readonly Report[]): void {
    const ids = new Set(reports.map(({ id }) => id))
    this.reports = this.reports.filter(({ id }) => !ids.has(id))
  }
}
