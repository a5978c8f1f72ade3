import { linesOfItem, type Line } from '../lines.ts'
import type { Answer, Change, Item, Report, Sync } from '../protocol.ts'
import type { Funds } from './funds.ts'
import { rateLine } from './rates.ts'
import { sampleKey, withSample, type Samples } from './samples.ts'
import type { Settled } from './settled.ts'

/** Where an account's object keeps what requests of each kind used. */
export interface SampleStore {
  read: (key: string) => Samples
  write: (key: string, samples: Samples, nowMs: number) => void
}

const MOST_REPORTS = 2_000

/** Counts what isolates report, each report once. */
export class Counter {
  private readonly seen = new Map<string, true>()
  /** What the latest calls granted, in case their answers are not received. */
  private readonly granted = new Map<string, readonly Change[]>()
  private readonly abandoned = new Map<string, true>()
  private readonly funds: Funds
  private readonly samples: SampleStore
  private readonly settled: Settled

  constructor(funds: Funds, samples: SampleStore, settled: Settled) {
    this.funds = funds
    this.samples = samples
    this.settled = settled
  }

  take({ id, changes, items, abandoned }: Report, isolate: string, nowMs: number): void {
    if (this.seen.has(id)) return
    remember(this.seen, id, true)
    // What was reserved is given back before what was used is counted: both together were never held.
    for (const one of abandoned) this.giveBack(one, isolate, nowMs)
    for (const change of changes) this.funds.apply(change, isolate, nowMs)
    for (const item of items) this.count(item, nowMs)
  }

  /** Whether the isolate gave the call up before it arrived. */
  isAbandoned(syncId: string): boolean {
    return this.abandoned.delete(syncId)
  }

  noteGranted(sync: Sync, answer: Answer): void {
    remember(this.granted, sync.id, opposite(answer, sync))
  }

  private giveBack(syncId: string, isolate: string, nowMs: number): void {
    const changes = this.granted.get(syncId)
    if (!changes) return remember(this.abandoned, syncId, true)
    for (const change of changes) this.funds.apply(change, isolate, nowMs)
    this.granted.delete(syncId)
  }

  /** A request has ended: it counts in the window in which it began. */
  private count(item: Item, nowMs: number): void {
    const { used, began } = item
    const { budgets, zone, rates } = this.funds
    rates.charge(item.tokenId, used.tokens, nowMs)
    this.learn(item, nowMs)
    for (const line of linesOfItem(budgets, item, zone, item.atMs)) {
      const amount = used[line.budget.meter]
      const isCounted = this.settled.covers(line.budget.id, item.id)
      if (!isCounted && amount !== 0)
        this.funds.change(line, (bucket) => void (bucket.spent += amount), nowMs)
      if (began) this.move(line, item, { ...began, isCounted }, nowMs)
    }
    this.settled.add(item, nowMs)
  }

  /**
   * Async work counts in the window in which it began, in place of what was counted for it then. The ledger has
   * withdrawn that by now, and a sum of it that has the bill lacks it.
   */
  private move(
    line: Line,
    item: Item,
    began: NonNullable<Item['began']> & { isCounted: boolean },
    nowMs: number,
  ): void {
    const { meter } = line.budget
    const amount = item.used[meter]
    const counted = meter === 'cost' && !began.isCounted ? began.counted : 0
    // Asking for the result is a request of its own.
    if (meter === 'requests') return
    this.funds.change(line, (bucket) => void (bucket.moved -= amount), nowMs)
    for (const then of linesOfItem([line.budget], item, this.funds.zone, began.atMs))
      if (then.value === line.value)
        this.funds.change(
          then,
          (bucket) => {
            bucket.moved += amount
            bucket.spent -= counted
          },
          nowMs,
        )
  }

  private learn(item: Item, nowMs: number): void {
    if (!item.isComplete) return
    const key = sampleKey({ ...item, model: item.requestedModel })
    this.samples.write(key, withSample(this.samples.read(key), item.used), nowMs)
  }
}

function remember<T>(map: Map<string, T>, id: string, value: T): void {
  map.set(id, value)
  const [oldest] = map.keys()
  if (map.size > MOST_REPORTS && oldest !== undefined) map.delete(oldest)
}

const NO_CHANGE = { held: 0, free: 0, running: 0, excess: 0 }

/** What gives back all that an answer grants. */
function opposite({ grants, refused, rateShare }: Answer, { want }: Sync): Change[] {
  const lines = grants.map(({ line, reserved, free, excess, isRequest }) => ({
    line,
    held: -(reserved + free),
    free: -free,
    running: isRequest ? -1 : 0,
    excess: -excess,
  }))
  if (want === null || refused !== null) return lines
  const { tokenId } = want
  return [
    ...lines,
    { ...NO_CHANGE, line: rateLine('requestsPerMinute', tokenId), held: -(1 + rateShare) },
    { ...NO_CHANGE, line: rateLine('concurrent', tokenId), running: -1 },
  ]
}
