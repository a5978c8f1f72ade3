import { JsonCollector } from './json/collector.ts'
import { Likeness } from './likeness.ts'
import { SseReader } from './sse.ts'
import { Tap, type TapOptions } from './tap.ts'

// A usage-only event has some 600 bytes; what has grown past this is none, and need not wait.
const HOLD_LIMIT_BYTES = 16_384
const DONE = '[DONE]'
const NOTHING: readonly Uint8Array[] = []

/**
 * A stream of events, each metered as its blank line passes. Where an event may have to be hidden,
 * the bytes of an unfinished one wait for its end; no reader could have used them before.
 */
export class EventTap extends Tap {
  private readonly reader: SseReader
  private readonly collector: JsonCollector
  private readonly likeness: Likeness
  /** Of events that were not read, not yet in `usage`. */
  private deltas = 0
  private hasData = false
  /** Something has come that is not `[DONE]`. */
  private hasEvents = false

  private out: Uint8Array[] = []
  private heldBytes = 0
  /** The current event has outgrown the limit and is on its way already. */
  private released = false
  private lastWasHidden = false
  private chunk: Uint8Array = new Uint8Array(0)
  private keepFrom = 0
  private eventFrom = 0

  constructor(options: TapOptions) {
    super(options)
    this.collector = new JsonCollector(options.members)
    this.likeness = new Likeness(options.varying ?? [])
    this.reader = new SseReader({
      data: (piece) => this.onData(piece),
      end: (at) => this.onEnd(at),
      lateNewline: () => this.onLateNewline(),
      comment: (at) => this.onComment(at),
    })
  }

  override retainCopy(): void {
    this.collector.retainCopy()
    // Of the last chunk is the last part alone; those before it were copied in their turn.
    const last = this.held.length - 1
    if (last >= 0) this.held = this.held.with(last, this.held[last]!.slice())
  }

  override isForeign(): boolean {
    return this.hasEvents && !this.usage.isAnswer && this.usage.error === null
  }

  override get mayInterrupt(): boolean {
    if (this.broken) return false
    // Where events wait for their end, the unfinished one is still here.
    return this.options.hides === null ? this.reader.isBetweenEvents : !this.released
  }

  protected override take(chunk: Uint8Array): readonly Uint8Array[] {
    this.out = []
    this.chunk = chunk
    this.keepFrom = 0
    this.eventFrom = 0
    this.reader.push(chunk)
    this.countDeltas()
    if (this.options.hides === null) return [chunk]

    const rest = chunk.subarray(this.eventFrom)
    this.keepUpTo(this.released ? chunk.length : this.eventFrom)
    if (!this.released && rest.length > 0) {
      this.held = [...this.held, rest]
      this.heldBytes += rest.length
      if (this.heldBytes > HOLD_LIMIT_BYTES) {
        this.released = true
        this.out.push(...this.release())
      }
    }
    return this.out
  }

  // The last event may lack its blank line; SDKs read it all the same.
  protected override finish(): void {
    const event = this.hasData ? this.readEvent() : undefined
    if (event === undefined) return
    if (this.hides(event)) this.release()
    this.usage = this.options.meter(this.usage, event)
  }

  /** One like the last changes nothing but a count, and is not hidden where that was not. */
  private isLikeLast(): boolean {
    const { text } = this.collector
    const deltas = text === null ? null : this.likeness.deltasOf(text)
    if (deltas === null) return false
    this.deltas += deltas
    this.hasData = false
    this.collector.clear()
    return true
  }

  private countDeltas(): void {
    if (this.deltas === 0) return
    this.usage = { ...this.usage, deltas: this.usage.deltas + this.deltas }
    this.deltas = 0
  }

  private release(): readonly Uint8Array[] {
    const held = this.held
    this.held = NOTHING
    this.heldBytes = 0
    return held
  }

  private onData(piece: Uint8Array): void {
    this.hasData = true
    // A piece may be looked at long after its chunk, which is not written to again before `retainCopy`.
    this.collector.push(piece)
  }

  private onEnd(at: number): void {
    // A comment that ends in a blank line is none.
    if (this.hasData) this.events++
    const text = this.hasData && !this.isLikeLast() ? this.collector.text : null
    const event = this.hasData ? this.readEvent() : undefined
    const hidden = event !== undefined && this.hides(event)
    if (hidden) {
      this.release()
      this.keepUpTo(this.eventFrom)
      this.keepFrom = at
    } else {
      this.out.push(...this.release())
    }
    this.eventFrom = at
    this.released = false
    this.lastWasHidden = hidden
    if (event === undefined) return
    this.countDeltas()
    const seen = this.usage
    this.usage = this.options.meter(seen, event)
    if (text !== null && !hidden) this.likeness.learn(text, seen, this.usage)
  }

  private hides(event: unknown): boolean {
    return !this.released && this.options.hides?.(event) === true
  }

  private readEvent(): unknown {
    this.hasData = false
    try {
      const event = this.collector.end()
      this.hasEvents = true
      return event
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      if (this.collector.is(DONE)) this.usage = { ...this.usage, finished: true }
      else this.hasEvents ||= !this.collector.isBeginning
      return undefined
    } finally {
      this.collector.clear()
    }
  }

  // Comments keep a connection alive, so they wait for nothing.
  private onComment(at: number): void {
    this.out.push(...this.release())
    this.keepUpTo(at)
    this.eventFrom = at
  }

  private onLateNewline(): void {
    if (!this.lastWasHidden) this.out.push(this.chunk.subarray(0, 1))
    this.keepFrom = 1
    this.eventFrom = 1
  }

  private keepUpTo(end: number): void {
    const isAll = this.keepFrom === 0 && end === this.chunk.length
    if (end > this.keepFrom)
      this.out.push(isAll ? this.chunk : this.chunk.subarray(this.keepFrom, end))
    this.keepFrom = end
  }
}
