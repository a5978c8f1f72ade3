import { JsonCollector } from './json/collector.ts'
import { Likeness } from './likeness.ts'
import { SseReader } from './sse.ts'
import { Tap, type TapOptions } from './tap.ts'

// A usage-only event has about 600 bytes. An event larger than this is not one, so it need not be held.
const HOLD_LIMIT_BYTES = 16_384
const DONE = '[DONE]'
const NOTHING: readonly Uint8Array[] = []

/**
 * Meters a stream, each event as its blank line passes. If events may have to be hidden, the bytes of an
 * unfinished event are held until its end; no client could have used them earlier.
 */
export class EventTap extends Tap {
  private readonly reader: SseReader
  private readonly collector: JsonCollector
  private readonly likeness: Likeness
  /** Deltas of events that were not parsed, not yet added to `usage`. */
  private deltas = 0
  private hasData = false
  /** The stream has sent something other than `[DONE]`. */
  private hasEvents = false

  private out: Uint8Array[] = []
  private heldBytes = 0
  /** The current event has outgrown the limit, and its bytes have been passed on. */
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
    // Only the last part is from the last chunk; the earlier parts are copies already.
    const last = this.held.length - 1
    if (last >= 0) this.held = this.held.with(last, this.held[last]!.slice())
  }

  override isForeign(): boolean {
    return this.hasEvents && !this.usage.isAnswer && this.usage.error === null
  }

  override get mayInterrupt(): boolean {
    if (this.broken) return false
    // If events are held until their end, the caller has nothing of the unfinished one yet.
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

  // The last event may lack its blank line; SDKs read it anyway.
  protected override finish(): void {
    const event = this.hasData ? this.readEvent() : undefined
    if (event === undefined) return
    if (this.hides(event)) this.release()
    this.usage = this.options.meter(this.usage, event)
  }

  /** An event like the learned one changes only the count of deltas, and is not hidden because that one was not. */
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
    // The piece is a view that may be read later: its chunk's buffer is not reused before `retainCopy`.
    this.collector.push(piece)
  }

  private onEnd(at: number): void {
    // A comment followed by a blank line is not an event.
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

  // Comments keep a connection alive, so they are never held.
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
