import type { Caller } from '../../credentials/callers/store.ts'
import type { Background, Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { plainModel } from '../../pricing/prices.ts'
import { countedOf, NOTHING, type Amounts } from '../amounts.ts'
import type { Line } from '../lines.ts'
import type { Asked, Item, RateState } from '../protocol.ts'
import { ask, beat, bookOf, reportSoon } from './accounts-store.ts'
import type { Held } from './book.ts'
import { refusalOf } from './refusal.ts'

interface About {
  env: Env
  ctx: Background
  caller: Caller
  asked: Asked
  /** The budgets that hold the request up. */
  lines: readonly Line[]
  /** The token may have only so many requests at once. */
  isConcurrent: boolean
}

/** How the row of a request was written, and what else its budgets have to know. */
export interface Ended {
  entry: LedgerEntry
  isWritten: boolean
  began: Item['began']
}

/** What one request has of its budgets and rate limits, from its admission until it is counted. */
export class Reservation {
  /** The state of the token's rate limits, for headers. */
  states: readonly RateState[] = []
  private readonly about: About
  private held: readonly Held[] = []
  private expected: Amounts = NOTHING
  private isAsked = false
  private isOver = false
  private stopBeating: () => void = () => {}

  constructor(about: About) {
    this.about = about
  }

  admitted(held: readonly Held[], expected: Amounts, states: readonly RateState[]): void {
    this.held = held
    this.expected = expected
    this.states = states
    const { env, ctx, caller, isConcurrent } = this.about
    if (held.length === 0 && !isConcurrent) return
    ctx.waitUntil(reportSoon(env, caller.accountId))
    this.stopBeating = beat(env, caller.accountId, (book) => book.beats(this.held))
  }

  /** What counts for a request whose cost is unknown or still to come. */
  get countedTicks(): number {
    return this.expected.cost
  }

  /** A budget stops the answer when there is nothing left for it. */
  get stops(): boolean {
    return this.stopping.length > 0
  }

  private get stopping(): readonly Held[] {
    const { lines } = this.about
    const ids = new Set(lines.filter(({ budget }) => budget.action === 'stop').map(({ id }) => id))
    return this.held.filter(({ line }) => ids.has(line))
  }

  /**
   * Reserves more for a running answer that has used this much. `onRefused` is called if there is no more of a budget
   * that stops running answers. Asks at most once at a time.
   */
  uses(used: Amounts, onRefused: (refusal: Refusal) => void): void {
    if (this.isAsked || this.isOver) return
    const { env, ctx, caller } = this.about
    const book = bookOf(caller.accountId)
    const short = this.stopping.flatMap((held) => {
      const missing = used[held.meter] - held.amount
      const step = Math.max(missing, Math.ceil(this.expected[held.meter] / 4), 1)
      return missing <= 0 || book.grow(held, step)
        ? []
        : [{ line: held.line, amount: step, missing }]
    })
    if (short.length === 0) return
    this.isAsked = true
    const growth = { lines: short.map(({ line, amount }) => ({ line, amount })) }
    const asked = ask(env, caller.accountId, { growth }).then(
      ({ refused, grants }) => {
        this.isAsked = false
        if (refused && !this.isOver) onRefused(refusalOf(refused, true, Date.now()))
        else if (this.isOver) bookOf(caller.accountId).refuseGrown(grants)
        else bookOf(caller.accountId).grown(this.held, grants)
      },
      (error: unknown) => {
        this.isAsked = false
        // The answer goes on: by default the caller comes first.
        console.error('spend not asked', String(error))
      },
    )
    ctx.waitUntil(asked)
  }

  /** The request has not gone to xAI, or counts nothing: gives back what was reserved for it. */
  release(): void {
    this.close(NOTHING, null)
  }

  /** Counts the request, whose row has been written. */
  end({ entry, isWritten, began }: Ended): void {
    const used = countedOf(entry)
    this.close(used, { ...itemOf(entry, used), isWritten, began })
  }

  private close(used: Amounts, item: Item | null): void {
    if (this.isOver) return
    this.isOver = true
    this.stopBeating()
    const { env, ctx, caller, asked, isConcurrent } = this.about
    const book = bookOf(caller.accountId)
    book.end(this.held, used, item)
    if (isConcurrent) book.endsRunning(asked.tokenId)
    ctx.waitUntil(reportSoon(env, caller.accountId))
  }
}

const plain = (model: string | null): string => (model === null ? '' : plainModel(model))

function itemOf(entry: LedgerEntry, used: Amounts): Omit<Item, 'isWritten' | 'began'> {
  return {
    id: entry.id,
    tokenId: entry.tokenId,
    requester: entry.label ?? '',
    requestedModel: plain(entry.requestedModel),
    model: plain(entry.model ?? entry.requestedModel),
    endpoint: entry.endpoint,
    atMs: entry.atMs,
    used,
    isComplete: entry.outcome === 'complete' && entry.costTicks !== null,
  }
}
