import type { Plan } from '../../env.ts'
import type { Outgoing } from '../../ledger/sinks/store.ts'

const MOST_AT_ONCE = 100
const FIRST_PAUSE_MS = 250
/**
 * A socket lives for 25 minutes at most, and the Free plan gives an invocation 50 queries for all of it:
 * with pauses that double up to this one there are some 16 batches, of two or three queries each.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
const LONGEST_PAUSE_MS = { free: 240_000, paid: 1_000 } as const
const CLOSING_PAUSE_MS = 50
/** Later turns that take long leave no mark, which would be a query or two for each. */
const MARKED_BATCHES = { free: 4, paid: Number.POSITIVE_INFINITY } as const

/** Gathers the turns of one connection that have ended, so that many are written in one go. */
export class TurnBatches {
  private waiting: Outgoing[] = []
  private batches = 0
  private isClosed = false
  private flush = Promise.withResolvers<unknown>()
  private timer: ReturnType<typeof setTimeout> | null = null
  private readonly plan: Plan
  private readonly write: (outgoing: readonly Outgoing[]) => Promise<unknown>

  constructor(plan: Plan, write: (outgoing: readonly Outgoing[]) => Promise<unknown>) {
    this.plan = plan
    this.write = write
  }

  /** Whether a turn that takes long may be marked, should its isolate die. */
  get mayMark(): boolean {
    return this.batches < MARKED_BATCHES[this.plan]
  }

  /** Resolves once it has been written. */
  async add(turn: Outgoing): Promise<void> {
    this.waiting.push(turn)
    const { promise } = this.flush
    if (this.waiting.length >= MOST_AT_ONCE) this.send()
    else this.timer ??= setTimeout(() => this.send(), this.pauseMs())
    await promise
  }

  /** The connection is over: what still comes is written as soon as it has come together. */
  close(): void {
    this.isClosed = true
    if (this.timer === null) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.send(), CLOSING_PAUSE_MS)
  }

  private pauseMs(): number {
    if (this.isClosed) return CLOSING_PAUSE_MS
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.batches, 20), LONGEST_PAUSE_MS[this.plan])
  }

  private send(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const [turns, { resolve }] = [this.waiting, this.flush]
    this.waiting = []
    this.flush = Promise.withResolvers<unknown>()
    this.batches++
    void this.write(turns).then(resolve, resolve)
  }
}
