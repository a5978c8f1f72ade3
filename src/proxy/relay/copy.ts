import type { Tap } from '../../metering/tap.ts'
import type { BodyEnd } from './end.ts'
import { keepAlive } from './keep-alive.ts'
import type { Source } from './source.ts'
import { firstReadBuffer, isFull, nextReadBuffer } from './read-buffer.ts'

export interface Copying {
  /** A silent event stream gets comments until its answer has begun. */
  keepsAlive: boolean
  /** The caller gets every byte as it comes. */
  showsAll: boolean
  /** The time that bytes may gather before they are passed on; 0: pass them on at once. */
  pauseMs: () => number
  onFirstByte: () => void
  /** Looks at the answer as it passes, and may end it; null: nothing ends it. */
  stopper: Stopper | null
}

/** Ends an answer before xAI does. */
export interface Stopper {
  /** Called whenever something has passed. */
  look: () => void
  /** The answer is to end. */
  readonly isOver: boolean
  /** The last bytes of an answer that has ended so. */
  last: () => Uint8Array
  /** Set by the relay: called when the answer is to end while xAI is silent. */
  onOver: () => void
}

/** The end of copying: as the body ended, or because there is a better way to move the rest. */
export type CopyEnd =
  | BodyEnd
  /** Nothing has to be held back or inserted any more: the runtime may move the bytes. */
  | 'flowing'
  /** Bytes may gather between reads. */
  | 'gathering'

/** The rest of an event that has passed in part comes at once. */
const REST_OF_EVENT_MS = 300

/** Half an event would hide from its reader what comes after it. */
function cancelBetweenEvents(source: Source, tap: Tap): void {
  const cancel = (): void => {
    // What comes after the whole answer is its bill.
    if (!tap.usage.finished) void source.cancel().catch(() => {})
  }
  if (tap.mayInterrupt) cancel()
  else setTimeout(cancel, REST_OF_EVENT_MS)
}

/** An answer that is whole by now is not stopped any more. */
const isCutBy = (stopper: Stopper | null, tap: Tap): boolean =>
  stopper?.isOver === true && !tap.usage.finished

/** Copies chunk by chunk, past the tap, with pauses if the source gathers meanwhile. */
export async function copy(
  source: Source,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  tap: Tap,
  { keepsAlive, showsAll, pauseMs, onFirstByte, stopper }: Copying,
): Promise<CopyEnd> {
  let isWriting = false
  let isLeft = false
  const alive = keepsAlive
    ? keepAlive(
        (comment) =>
          void writer.write(comment).catch(() => {
            // If the comment cannot be written, the caller is gone: cancel upstream.
            isLeft = true
            return source.cancel().catch(() => {})
          }),
        () => !isWriting && tap.mayInterrupt,
      )
    : null
  if (stopper) stopper.onOver = () => cancelBetweenEvents(source, tap)
  let buffer = firstReadBuffer()
  try {
    for (let first = true; ; first = false) {
      let chunk: Uint8Array
      try {
        const read = await source.read(buffer)
        if (isLeft) return 'client_gone'
        if (read.done) return isCutBy(stopper, tap) ? 'stopped' : 'whole'
        chunk = read.value
      } catch {
        if (isCutBy(stopper, tap)) return 'stopped'
        return isLeft ? 'client_gone' : 'upstream_cut'
      }
      if (first) onFirstByte()
      isWriting = true
      try {
        for (const part of tap.push(chunk)) await writer.write(part)
      } catch {
        return 'client_gone'
      }
      isWriting = false
      tap.retainCopy()
      stopper?.look()
      if (isCutBy(stopper, tap) && tap.mayInterrupt) return 'stopped'
      const isMore = isFull(chunk)
      buffer = nextReadBuffer(chunk)
      if (showsAll && !stopper && (!keepsAlive || tap.usage.hasBegun)) return 'flowing'
      alive?.heard()
      const ms = pauseMs()
      if (ms === 0) continue
      if (!source.pause) return 'gathering'
      if (!isMore) await source.pause(ms)
    }
  } finally {
    alive?.stop()
  }
}
