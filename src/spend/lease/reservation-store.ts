import type { Caller } from '../../credentials/callers/store.ts'
import type { Background, Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import { countedOf, NOTHING, type Amounts } from '../amounts.ts'
import type { Answer, Asked, Growth, Item, RateState } from '../protocol.ts'
import { ask, beat, bookOf, reportNow, reportSoon } from './accounts-store.ts'
import type { Held } from './book.ts'
import { itemOf } from '../item.ts'
import { refusalOf } from './refusal.ts'

interface About {
  env: Env
  ctx: Background
  caller: Caller
  asked: Asked
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
  /** It counts towards its token's concurrency. */
  private isConcurrent = false
  /** The answer has ended: it is stopped no more. */
  private isDone = false
  private stopBeating: () => void = () => {}

  constructor(about: About) {
    this.about = about
  }

  admitted(held: readonly Held[], expected: Amounts, states: readonly RateState[]): void {
    this.held = held
    this.expected = expected
    this.states = states
    const { env, ctx, caller, asked } = this.about
    this.isConcurrent = states.some(({ kind }) => kind === 'concurrent')
    if (this.isConcurrent) bookOf(caller.accountId).beginsRunning(asked.tokenId)
    if (held.length === 0 && !this.isConcurrent) return
    ctx.waitUntil(reportSoon(env, caller.accountId))
    this.stopBeating = beat(env, caller.accountId, (book) => book.beats(this.held, asked.tokenId))
  }

  /** The answer has ended; its row is written next. Another request may begin now. */
  done(): void {
    if (this.isDone) return
    this.isDone = true
    this.stopBeating()
    if (!this.isConcurrent) return
    const { env, ctx, caller, asked } = this.about
    bookOf(caller.accountId).endsRunning(asked.tokenId)
    ctx.waitUntil(reportNow(env, caller.accountId))
  }

  /** What counts for a request whose cost is unknown or still to come. */
  get countedTicks(): number {
    const costs = this.held.filter(({ meter }) => meter === 'cost').map(({ amount }) => amount)
    return Math.max(this.expected.cost, ...costs)
  }

  /** Budgets have something reserved for it. */
  get isHeld(): boolean {
    return this.held.length > 0
  }

  /** A budget stops the answer when there is nothing left for it. */
  get stops(): boolean {
    return this.held.some(({ stops }) => stops)
  }

  /**
   * Reserves more for a running answer that has used this much. `onRefused` is called if there is no more of a budget
   * that stops running answers. Asks at most once at a time.
   */
  uses(used: Amounts, onRefused: (refusal: Refusal) => void): void {
    if (this.isAsked || this.isDone) return
    const { env, ctx, caller } = this.about
    const book = bookOf(caller.accountId)
    const lines = this.held.flatMap((held) => {
      const amount = used[held.meter] - held.amount
      const step = Math.max(amount, Math.ceil(this.expected[held.meter] / 4), 1)
      const isEnough = amount <= 0 || book.grow(held, step)
      return isEnough ? [] : [{ line: held.line, amount, step }]
    })
    if (lines.length === 0) return
    this.isAsked = true
    const asked = ask(env, caller.accountId, { growth: { lines } }).then(
      (answer) => this.grown(lines, answer, onRefused),
      // The answer goes on: by default the caller comes first.
      (error: unknown) => console.error('spend not asked', String(error)),
    )
    ctx.waitUntil(asked.finally(() => (this.isAsked = false)))
  }

  private grown(
    lines: Growth['lines'],
    { refused, grants }: Answer,
    onRefused: (refusal: Refusal) => void,
  ): void {
    const book = bookOf(this.about.caller.accountId)
    if (this.isOver) return book.refuseGrown(grants)
    if (refused) {
      if (!this.isDone) onRefused(refusalOf(refused, true, Date.now()))
      return
    }
    book.grown(this.held, grants)
    // A budget that is gone holds nothing up any more.
    const granted = new Set(grants.map(({ line }) => line))
    const gone = new Set(lines.map(({ line }) => line).filter((line) => !granted.has(line)))
    if (gone.size > 0) this.held = this.held.filter(({ line }) => !gone.has(line))
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
    this.done()
    this.isOver = true
    const { env, ctx, caller, asked } = this.about
    const book = bookOf(caller.accountId)
    book.rates.charge(asked.tokenId, used.tokens)
    book.end(this.held, used, item)
    ctx.waitUntil(reportSoon(env, caller.accountId))
  }
}
