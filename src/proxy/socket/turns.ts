import type { Plan } from '../../env.ts'
import type { Sink } from '../../ledger/sinks/sink.ts'
import type { Outgoing } from '../../ledger/sinks/store.ts'

/** The sink that took the rows; null: none did. */
type TakenBy = Sink['name'] | null

const MOST_AT_ONCE = 100
const FIRST_PAUSE_MS = 250
/**
 * A socket lives for 25 minutes at most, and Free allows an invocation 50 queries in that time. With pauses
 * that double up to this one, there are some 16 batches of two or three queries each.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
const LONGEST_PAUSE_MS = { free: 240_000, paid: 1_000 } as const
const CLOSING_PAUSE_MS = 50
/** After this many batches, long turns leave no in-flight record, which would be a query or two for each. */
const MARKED_BATCHES = { free: 4, paid: Number.POSITIVE_INFINITY } as const

/** Gathers the ended turns of one connection, so that many are written at once. */
export class TurnBatches {
  private waiting: Outgoing[] = []
  private batches = 0
  private isClosed = false
  private flush = Promise.withResolvers<TakenBy>()
  private timer: ReturnType<typeof setTimeout> | null = null
  private readonly plan: Plan
  private readonly write: (outgoing: readonly Outgoing[]) => Promise<TakenBy>

  constructor(plan: Plan, write: (outgoing: readonly Outgoing[]) => Promise<TakenBy>) {
    this.plan = plan
    this.write = write
  }

  /** Whether a long turn may leave an in-flight record, in case its isolate dies. */
  get mayRecordInFlight(): boolean {
    return this.batches < MARKED_BATCHES[this.plan]
  }

  /** Resolves once the turn has been written. */
  async add(turn: Outgoing): Promise<TakenBy> {
    this.waiting.push(turn)
    const { promise } = this.flush
    if (this.waiting.length >= MOST_AT_ONCE) this.send()
    else this.timer ??= setTimeout(() => this.send(), this.pauseMs())
    return promise
  }

  /** Call when the connection is over: later turns are written after a short pause. */
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
    this.flush = Promise.withResolvers<TakenBy>()
    this.batches++
    void this.write(turns).then(resolve, () => resolve(null))
  }
}
