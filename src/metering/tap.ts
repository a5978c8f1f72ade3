import { joinBytes } from '../http/bytes.ts'
import { NOTHING_USED, type Meter, type Usage } from './usage.ts'

export interface TapOptions {
  meter: Meter
  /** The members that the meter needs, for values too large to be parsed whole. */
  members: ReadonlySet<string>
  /** Members in whose texts alone an event may differ from the one before, and whose length alone counts. */
  varying?: readonly string[]
  /** Events that the caller must not see, or null where it may see all. */
  hides: ((event: unknown) => boolean) | null
}

const HEAD_BYTES = 4000
const decoder = new TextDecoder()

/** Watches an answer pass. It says which bytes go on to the caller; its own failure never stops any. */
export abstract class Tap {
  usage: Usage = NOTHING_USED
  /** Of a stream, so far. */
  events = 0
  /** Metering failed; `usage` stands where it stood then. */
  broken = false
  protected held: readonly Uint8Array[] = []
  protected readonly options: TapOptions
  private readonly headParts: Uint8Array[] = []
  private headBytes = 0

  constructor(options: TapOptions) {
    this.options = options
  }

  /** What of this chunk, and of what was held back before, may go on now. */
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

  /** The answer is over, in whatever way. What was still held back, to be sent on. */
  end(): readonly Uint8Array[] {
    try {
      if (!this.broken) this.finish()
    } catch (error) {
      this.fail(error)
    }
    return this.held
  }

  /** Copies what it keeps of the chunks so far, whose bytes are about to change. */
  retainCopy(): void {}

  /** What came is no answer of the endpoint's kind. `isWhole`: nothing of it is missing. */
  abstract isForeign(isWhole: boolean): boolean

  /** What has gone on to the caller ends between two events, so that something may be put in. */
  get mayInterrupt(): boolean {
    return false
  }

  /** The beginning of a plain answer, for errors that are no JSON. */
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

/** Runs it and says whether the text was no JSON; anything else that goes wrong is thrown on. */
export function isSyntaxError(run: () => void): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof SyntaxError) return true
    throw error
  }
}
