import type { Amounts } from '../amounts.ts'
import type { Meter } from '../budget.ts'
import { rateLine } from '../object/rates.ts'
import { Outbox } from './outbox.ts'
import { RateShares } from './rate-shares.ts'
import type { Grant, Item, RateState, Renewal, Report } from '../protocol.ts'

/** A lease that is older asks the account's object again, so that changed limits hold soon. */
export const LEASE_MS = 20_000
/** What was last granted is used up by this many requests like it. */
const MOST_SHARE = 50

interface Lease {
  free: number
  /** When the budget was last changed, as far as the object knew. */
  changedAtMs: number
  /** The line is nearly used up: nothing is kept of it. */
  isLow: boolean
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
  /** The request is stopped when there is no more. */
  stops: boolean
}

/** What a request needs of a line. */
export interface Need {
  line: string
  meter: Meter
  amount: number
  /** What it may use beyond that. */
  excess: number
  stops: boolean
  /** When the budget was last changed, as far as the isolate knows. */
  changedAtMs: number
}

/**
 * What an isolate may use of an account's budgets by itself, and what it has to report about it. All that it does is
 * added up as changes, so that reports may come in any order; the object ignores one that it has seen.
 */
export class Book {
  private readonly leases = new Map<string, Lease>()
  readonly outbox = new Outbox()
  readonly rates = new RateShares()
  /** The running requests by token, of tokens with a limit of them. */
  private readonly concurrent = new Map<string, number>()
  /** Reports that the object has not confirmed. */
  private reports: Report[] = []
  private admitted = 0
  lastUseMs = 0

  /** Reserves by itself what a request needs. Null: the object has to be asked. */
  admit(needs: readonly Need[], nowMs: number): Held[] | null {
    for (const { line, amount, excess, changedAtMs } of needs) {
      const lease = this.leases.get(line)
      // What needs nothing passes only where something is left.
      if (!lease || lease.untilMs <= nowMs || lease.free < Math.max(amount, 1)) return null
      if (lease.changedAtMs < changedAtMs) return null
      if (excess > lease.excessRatio * Math.max(amount, 1)) return null
    }
    return needs.map((need) => {
      const lease = this.leases.get(need.line)!
      lease.free -= need.amount
      this.outbox.change(need.line, { free: -need.amount, running: 1, excess: need.excess })
      this.uses(lease, need, nowMs)
      const { line, meter, amount, excess, stops } = need
      return { line, meter, amount, excess, stops }
    })
  }

  /** Takes over what the object has granted to a request. */
  grant(grants: readonly Grant[], nowMs: number): Held[] {
    return grants.map((grant) => {
      const { line, meter, reserved, excess, stops } = grant
      this.uses(this.leaseOf(grant, nowMs), { amount: reserved, excess }, nowMs)
      return { line, meter, amount: reserved, excess, stops }
    })
  }

  /** Takes over what the object has added to leases. */
  renew(grants: readonly Grant[], shrinks: readonly string[], nowMs: number): void {
    for (const grant of grants) {
      const isGone = !this.leases.has(grant.line)
      this.leaseOf(grant, nowMs)
      // It has been given back while this was on its way: nobody would give it back again.
      if (isGone) this.giveBack(grant.line)
    }
    for (const line of shrinks) this.giveBack(line)
  }

  /** Takes over how many requests of a token may pass. */
  grantRates(tokenId: string, left: number, states: readonly RateState[], nowMs: number): void {
    // Another request may have brought a share meanwhile: none of it is lost.
    const before = this.rates.take(tokenId, nowMs)
    if (left + before > 0) this.rates.set(tokenId, left + before, states, nowMs, LEASE_MS)
  }

  /** A call has failed: what it was to give back is kept. */
  keepRates(tokenId: string, left: number): void {
    if (left > 0) this.outbox.change(rateLine('requestsPerMinute', tokenId), { held: -left })
  }

  /** What is left of a token's share, to be given back. */
  takeRates(tokenId: string, nowMs: number): number {
    return this.rates.take(tokenId, nowMs)
  }

  /** A request counts towards its token's concurrency. */
  beginsRunning(tokenId: string): void {
    this.concurrent.set(tokenId, (this.concurrent.get(tokenId) ?? 0) + 1)
  }

  endsRunning(tokenId: string): void {
    const count = (this.concurrent.get(tokenId) ?? 1) - 1
    if (count > 0) this.concurrent.set(tokenId, count)
    else this.concurrent.delete(tokenId)
    this.outbox.change(rateLine('concurrent', tokenId), { running: -1 })
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
    for (const { line, reserved } of grants) this.outbox.change(line, { held: -reserved })
  }

  /** Tells the object that these requests are still running. */
  beats(held: readonly Held[], tokenId: string): void {
    for (const { line } of held) this.outbox.change(line, {})
    const running = this.concurrent.get(tokenId) ?? 0
    // Absolute: an object that was gone does not know of them.
    if (running > 0) this.outbox.set(rateLine('concurrent', tokenId), { held: running })
  }

  /** Reserves more for a running request by itself. False: the object has to be asked. */
  grow(held: Held, amount: number): boolean {
    const lease = this.leases.get(held.line)
    if (!lease || lease.free < amount) return false
    lease.free -= amount
    held.amount += amount
    this.outbox.change(held.line, { free: -amount })
    return true
  }

  /** A request has ended. `item` null: it counts nothing. */
  end(held: readonly Held[], used: Amounts, item: Item | null): void {
    for (const { line, meter, amount, excess } of held) {
      const lease = this.leases.get(line)
      const kept = lease ? this.keptOf(lease, amount - used[meter]) : 0
      if (lease) lease.free += kept
      this.outbox.change(line, { held: kept - amount, free: kept, running: -1, excess: -excess })
    }
    if (item) this.outbox.add(item)
  }

  /** How much of what a request did not need is kept for others like it. */
  private keptOf({ isLow, free, need }: Lease, rest: number): number {
    const room = need * Math.max(1, this.share()) - free
    return isLow ? 0 : Math.max(0, Math.min(rest, room))
  }

  /** Something is leased that no request has. */
  get hasFree(): boolean {
    return [...this.leases.values()].some(({ free }) => free > 0)
  }

  /** Leases that are in use, and how much more of each would do for a while. */
  renewals(nowMs: number): Renewal[] {
    const share = this.share()
    return [...this.leases]
      .filter(
        ([, { untilMs, free, isLow }]) => untilMs > nowMs && (free > 0 || (share > 0 && !isLow)),
      )
      .map(([line, { need, excess, free }]) => {
        const hasEnough = free >= (need * share) / 2
        return { line, need, excess, share: hasEnough ? 0 : share }
      })
  }

  /** How many requests may follow before the object is asked again: the more, the more have come lately. */
  share(): number {
    // One that comes alone is reserved by itself, and leaves no lease behind.
    return this.admitted < 2 ? 0 : Math.min(MOST_SHARE, this.admitted * 4)
  }

  /** Gives back all that is free, because nothing has been asked for some time. */
  idle(): void {
    for (const line of this.leases.keys()) this.giveBack(line)
    this.leases.clear()
    this.admitted = 0
  }

  private giveBack(line: string): void {
    const lease = this.leases.get(line)
    if (!lease) return
    if (lease.free > 0) this.outbox.change(line, { held: -lease.free, free: -lease.free })
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

  private leaseOf({ line, free, excessRatio, isLow, changedAtMs }: Grant, nowMs: number): Lease {
    const known = this.leases.get(line) ?? { free: 0, need: 0, excess: 0 }
    const lease = {
      ...known,
      free: known.free + free,
      excessRatio,
      isLow,
      changedAtMs,
      untilMs: nowMs + LEASE_MS,
    }
    this.leases.set(line, lease)
    return lease
  }
}
