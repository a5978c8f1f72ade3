import { joinBytes } from '../http/bytes.ts'
import { NOTHING_USED, type Meter, type Usage } from './usage.ts'

export interface TapOptions {
  meter: Meter
  /** The members that the meter needs of values too large to be parsed whole. */
  members: ReadonlySet<string>
  /** Members for `Likeness`: most events differ only in their texts, and only the length of the text counts. */
  varying?: readonly string[]
  /** Tells events that the caller must not see; null: it may see all. */
  hides: ((event: unknown) => boolean) | null
}

const HEAD_BYTES = 4000
const decoder = new TextDecoder()

/** Meters an answer while it passes, and decides which bytes go on to the caller. If metering fails, all do. */
export abstract class Tap {
  usage: Usage = NOTHING_USED
  /** The number of a stream's events so far. */
  events = 0
  /** Metering failed; `usage` is from before the failure. */
  broken = false
  protected held: readonly Uint8Array[] = []
  protected readonly options: TapOptions
  private readonly headParts: Uint8Array[] = []
  private headBytes = 0

  constructor(options: TapOptions) {
    this.options = options
  }

  /** Returns the bytes of this chunk, and of those held back before, that may go on now. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.broken) return [chunk]
    const before = this.held
    try {
      return this.take(chunk)
    } catch (error) {
      this.fail(error)
      this.held = []
      return [...before, chunk]
    }
  }

  /** The answer has ended, whole or not. Returns the bytes still held back, to be sent on. */
  end(): readonly Uint8Array[] {
    try {
      if (!this.broken) this.finish()
    } catch (error) {
      this.fail(error)
    }
    return this.held
  }

  /** Copies the bytes that it still needs of the chunks so far, because their buffers are about to be reused. */
  retainCopy(): void {}

  /** The body is not an answer of the endpoint's kind. `isWhole`: the body was not cut. */
  abstract isForeign(isWhole: boolean): boolean

  /** The bytes passed on end between two events, so that a comment may be inserted. */
  get mayInterrupt(): boolean {
    return false
  }

  /** The beginning of a plain answer, for errors that are not JSON. */
  get head(): string {
    return decoder.decode(joinBytes(this.headParts))
  }

  protected keepHead(chunk: Uint8Array): void {
    if (this.headBytes >= HEAD_BYTES) return
    this.headParts.push(chunk.slice(0, HEAD_BYTES - this.headBytes))
    this.headBytes += chunk.length
  }

  protected abstract take(chunk: Uint8Array): readonly Uint8Array[]
  protected finish(): void {}

  private fail(error: unknown): void {
    this.broken = true
    console.error(
      'metering failed, the answer goes on',
      error instanceof Error ? error.name : typeof error,
    )
  }
}

/** Runs it and returns whether it threw a SyntaxError; rethrows any other error. */
export function isSyntaxError(run: () => void): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof SyntaxError) return true
    throw error
  }
}
