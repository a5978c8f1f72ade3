import { BOM } from '../http/bytes.ts'

const LF = 0x0a
const CR = 0x0d
const DATA = new TextEncoder().encode('data:')
const NEWLINE = Uint8Array.of(LF)

/** Callbacks for a stream of server-sent events. Positions are in the chunk being pushed. */
export interface SseListener {
  /** A piece of the current event's data; there are several if a chunk or a line ended in between. */
  data: (piece: Uint8Array) => void
  /** The current event, its blank line included, ends right before `at`. */
  end: (at: number) => void
  /** The first byte of this chunk is the LF of a CRLF whose CR ended the last event. */
  lateNewline: () => void
  /** A comment outside of an event ends right before `at`. */
  comment: (at: number) => void
}

const LINE_START = 0
const FIELD = 1
const FIRST_DATA = 2
const DATA_REST = 3
const OTHER = 4
const COMMENT = 5

/**
 * Reads server-sent events (WHATWG HTML §9.2.6) from bytes that may be cut anywhere: LF, CRLF and CR,
 * several data lines, comments, other fields. It decodes nothing and keeps nothing.
 */
export class SseReader {
  private state = LINE_START
  private bomAt = 0
  private fieldAt = 0
  private afterCr = false
  private endedByCr = false
  private hasDataLine = false
  /** The current event has a line that is not a comment. */
  private hasLine = false
  // Positions of the next LF and CR in the chunk; -1: not searched for yet.
  private lfAt = -1
  private crAt = -1
  private readonly listener: SseListener

  constructor(listener: SseListener) {
    this.listener = listener
  }

  /** No byte of an event or a comment has been read since the last one ended. */
  get isBetweenEvents(): boolean {
    return this.state === LINE_START && !this.hasLine
  }

  push(chunk: Uint8Array): void {
    this.lfAt = -1
    this.crAt = -1
    let at = this.skipBom(chunk)
    if (this.afterCr && chunk[0] === LF) {
      if (this.endedByCr) this.listener.lateNewline()
      at = 1
    }
    this.afterCr = this.afterCr && chunk.length === 0
    while (at < chunk.length) at = this.step(chunk, at)
  }

  /** A stream may begin with one byte order mark, which is not part of its first line. */
  private skipBom(chunk: Uint8Array): number {
    let at = 0
    while (this.bomAt < BOM.length && at < chunk.length) {
      if (chunk[at] !== BOM[this.bomAt]) {
        this.bomAt = BOM.length
        break
      }
      this.bomAt++
      at++
    }
    return at
  }

  private step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at]!
    if (this.state === LINE_START) {
      if (byte === LF || byte === CR) return this.endEvent(chunk, at)
      this.state = byte === 0x3a && !this.hasLine ? COMMENT : FIELD
      this.hasLine ||= this.state === FIELD
      this.fieldAt = 0
    }
    if (this.state === FIELD) {
      if (byte === DATA[this.fieldAt]) {
        this.fieldAt++
        if (this.fieldAt === DATA.length) this.startData()
        return at + 1
      }
      this.state = OTHER
    }
    if (this.state === FIRST_DATA) {
      this.state = DATA_REST
      if (byte === 0x20) return at + 1
    }
    const end = this.lineEnd(chunk, at)
    if (this.state === DATA_REST && end > at) this.listener.data(chunk.subarray(at, end))
    if (end === chunk.length) return end
    const isComment = this.state === COMMENT
    const next = this.endLine(chunk, end, false)
    if (isComment) this.listener.comment(next)
    return next
  }

  // Uses the runtime's native search: a loop over every byte would cost more than the rest of an event.
  private lineEnd(chunk: Uint8Array, from: number): number {
    if (this.lfAt < from) this.lfAt = indexOrEnd(chunk, LF, from)
    if (this.crAt < from) this.crAt = indexOrEnd(chunk, CR, from)
    return Math.min(this.lfAt, this.crAt)
  }

  private startData(): void {
    if (this.hasDataLine) this.listener.data(NEWLINE)
    this.hasDataLine = true
    this.state = FIRST_DATA
  }

  private endEvent(chunk: Uint8Array, at: number): number {
    const end = this.endLine(chunk, at, true)
    this.hasDataLine = false
    this.hasLine = false
    this.listener.end(end)
    return end
  }

  /** The position after the line ending, which is one or two bytes. */
  private endLine(chunk: Uint8Array, at: number, endsEvent: boolean): number {
    this.state = LINE_START
    if (chunk[at] === LF) return at + 1
    if (chunk[at + 1] === LF) return at + 2
    this.afterCr = at + 1 === chunk.length
    this.endedByCr = endsEvent
    return at + 1
  }
}

function indexOrEnd(chunk: Uint8Array, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from)
  return at < 0 ? chunk.length : at
}
