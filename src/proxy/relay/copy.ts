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
}

/** The end of copying: as the body ended, or because there is a better way to move the rest. */
export type CopyEnd =
  | BodyEnd
  /** Nothing has to be held back or inserted any more: the runtime may move the bytes. */
  | 'flowing'
  /** Bytes may gather between reads. */
  | 'gathering'

/** Copies chunk by chunk, past the tap, with pauses if the source gathers meanwhile. */
export async function copy(
  source: Source,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  tap: Tap,
  { keepsAlive, showsAll, pauseMs, onFirstByte }: Copying,
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
  let buffer = firstReadBuffer()
  try {
    for (let first = true; ; first = false) {
      let chunk: Uint8Array
      try {
        const read = await source.read(buffer)
        if (isLeft) return 'client_gone'
        if (read.done) return 'whole'
        chunk = read.value
      } catch {
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
      const isMore = isFull(chunk)
      buffer = nextReadBuffer(chunk)
      if (showsAll && (!keepsAlive || tap.usage.hasBegun)) return 'flowing'
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
