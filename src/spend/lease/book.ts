import type { Amounts } from '../amounts.ts'
import type { Meter } from '../budget.ts'
import { rateLine } from '../object/rates.ts'
import { RateShares } from './rate-shares.ts'
import type { Change, Grant, Item, RateState, Renewal, Report } from '../protocol.ts'

/** A lease that is older asks the account's object again, so that changed limits hold soon. */
export const LEASE_MS = 20_000
/** What was last granted is used up by this many requests like it. */
const MOST_SHARE = 50
const MOST_REPORTS = 500

interface Lease {
  free: number
  excessRatio: number
  untilMs: number
  /** What the last request needed of it. */
  need: number
  excess: number
}

/** What a request has of a line. */
export interface Held {
  line: string
  meter: Meter
  amount: number
  excess: number
}

/** What a request needs of a line. */
export interface Need {
  line: string
  meter: Meter
  amount: number
  /** What it may use beyond that. */
  excess: number
}

const NO_CHANGE = { held: 0, free: 0, running: 0, excess: 0 }

/**
 * What an isolate may use of an account's budgets by itself, and what it has to report about it. All that it does is
 * added up as changes, so that reports may come in any order; the object ignores one that it has seen.
 */
export class Book {
  private readonly leases = new Map<string, Lease>()
  private changes = new Map<string, Omit<Change, 'line'>>()
  private items: Item[] = []
  private abandoned: string[] = []
  readonly rates = new RateShares()
  /** Reports that the object has not confirmed. */
  private reports: Report[] = []
  private admitted = 0
  lastUseMs = 0

  /** Reserves by itself what a request needs. Null: the object has to be asked. */
  admit(needs: readonly Need[], nowMs: number): Held[] | null {
    for (const { line, amount, excess } of needs) {
      const lease = this.leases.get(line)
      if (!lease || lease.untilMs <= nowMs || lease.free < amount) return null
      if (excess > lease.excessRatio * Math.max(amount, 1)) return null
    }
    return needs.map((need) => {
      const lease = this.leases.get(need.line)!
      lease.free -= need.amount
      this.change(need.line, { free: -need.amount, running: 1, excess: need.excess })
      this.uses(lease, need, nowMs)
      return { ...need }
    })
  }

  /** Takes over what the object has granted to a request. */
  grant(grants: readonly Grant[], nowMs: number): Held[] {
    return grants.map(({ line, meter, reserved, free, excessRatio, excess }) => {
      const lease = this.leaseOf(line, excessRatio, nowMs)
      lease.free += free
      this.uses(lease, { amount: reserved, excess }, nowMs)
      return { line, meter, amount: reserved, excess }
    })
  }

  /** Takes over what the object has added to leases. */
  renew(grants: readonly Grant[], shrinks: readonly string[], nowMs: number): void {
    for (const { line, free, excessRatio } of grants)
      this.leaseOf(line, excessRatio, nowMs).free += free
    for (const line of shrinks) this.giveBack(line)
  }

  /** Takes over how many requests of a token may pass. */
  grantRates(tokenId: string, left: number, states: readonly RateState[], nowMs: number): void {
    this.dropRates(tokenId)
    if (left > 0) this.rates.set(tokenId, left, states, nowMs + LEASE_MS)
  }

  /** A request that counted towards its token's concurrency has ended. */
  endsRunning(tokenId: string): void {
    this.change(rateLine('concurrent', tokenId), { running: -1 })
  }

  private dropRates(tokenId: string): void {
    const left = this.rates.drop(tokenId)
    if (left > 0) this.change(rateLine('requestsPerMinute', tokenId), { held: -left })
  }

  /** Takes over more that the object has reserved for a running request. */
  grown(held: readonly Held[], grants: readonly Grant[]): void {
    for (const { line, reserved } of grants) {
      const own = held.find((one) => one.line === line)
      if (own) own.amount += reserved
    }
  }

  /** The request has ended before this was reserved for it. */
  refuseGrown(grants: readonly Grant[]): void {
    for (const { line, reserved } of grants) this.change(line, { held: -reserved })
  }

  /** Tells the object that these requests are still running. */
  beats(held: readonly Held[]): void {
    for (const { line } of held) this.change(line, {})
  }

  /** Reserves more for a running request by itself. False: the object has to be asked. */
  grow(held: Held, amount: number): boolean {
    const lease = this.leases.get(held.line)
    if (!lease || lease.free < amount) return false
    lease.free -= amount
    held.amount += amount
    this.change(held.line, { free: -amount })
    return true
  }

  /** A request has ended. `item` null: it counts nothing. */
  end(held: readonly Held[], used: Amounts, item: Item | null): void {
    for (const { line, meter, amount, excess } of held) {
      const lease = this.leases.get(line)
      const kept = lease ? Math.max(0, amount - used[meter]) : 0
      if (lease) lease.free += kept
      this.change(line, { held: kept - amount, free: kept, running: -1, excess: -excess })
    }
    if (item) this.items.push(item)
  }

  /** What the object has to hear: reports that it has not confirmed, and a new one. */
  report(): readonly Report[] {
    if (this.isChanged) {
      const changes = [...this.changes].map(([line, change]) => ({ line, ...change }))
      const { items, abandoned } = this
      this.reports.push({ id: crypto.randomUUID(), changes, items, abandoned })
      this.changes = new Map()
      this.items = []
      this.abandoned = []
    }
    // The object finds what it was never told in the ledger.
    if (this.reports.length > MOST_REPORTS) this.reports.splice(0, 1)
    return [...this.reports]
  }

  confirm(reports: readonly Report[]): void {
    const ids = new Set(reports.map(({ id }) => id))
    this.reports = this.reports.filter(({ id }) => !ids.has(id))
  }

  /** The answer of a call has not come: what it may have granted is given back. */
  abandon(syncId: string): void {
    this.abandoned.push(syncId)
  }

  /** Something is leased that no request has. */
  get hasFree(): boolean {
    return [...this.leases.values()].some(({ free }) => free > 0) || !this.rates.isEmpty
  }

  get hasNews(): boolean {
    return this.isChanged || this.reports.length > 0
  }

  private get isChanged(): boolean {
    return this.changes.size > 0 || this.items.length > 0 || this.abandoned.length > 0
  }

  /** Leases that are in use, and how much more of each would do for a while. */
  renewals(nowMs: number): Renewal[] {
    const share = this.share()
    return [...this.leases]
      .filter(([, { untilMs, free, need }]) => untilMs > nowMs && free < (need * share) / 2)
      .map(([line, { need, excess }]) => ({ line, need, excess, share }))
  }

  /** How many requests may follow before the object is asked again: the more, the more have come lately. */
  share(): number {
    return Math.min(MOST_SHARE, this.admitted * 4)
  }

  /** Gives back all that is free, because nothing has been asked for some time. */
  idle(): void {
    for (const line of this.leases.keys()) this.giveBack(line)
    for (const tokenId of this.rates.tokenIds()) this.dropRates(tokenId)
    this.leases.clear()
    this.admitted = 0
  }

  private giveBack(line: string): void {
    const lease = this.leases.get(line)
    if (!lease) return
    if (lease.free > 0) this.change(line, { held: -lease.free, free: -lease.free })
    this.leases.delete(line)
  }

  private uses(
    lease: Lease,
    { amount, excess }: { amount: number; excess: number },
    nowMs: number,
  ): void {
    lease.need = amount
    lease.excess = excess
    this.lastUseMs = nowMs
  }

  /** Counts a request, so that leases grow with the traffic. */
  count(): void {
    this.admitted++
  }

  private leaseOf(line: string, excessRatio: number, nowMs: number): Lease {
    const known = this.leases.get(line) ?? { free: 0, excessRatio, untilMs: 0, need: 0, excess: 0 }
    known.excessRatio = excessRatio
    known.untilMs = nowMs + LEASE_MS
    this.leases.set(line, known)
    return known
  }

  private change(line: string, by: Partial<Omit<Change, 'line'>>): void {
    const { held, free, running, excess } = this.changes.get(line) ?? NO_CHANGE
    this.changes.set(line, {
      held: held + (by.held ?? 0),
      free: free + (by.free ?? 0),
      running: running + (by.running ?? 0),
      excess: excess + (by.excess ?? 0),
    })
  }
}
