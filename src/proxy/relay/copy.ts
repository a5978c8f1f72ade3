import type { Tap } from '../../metering/tap.ts'
import type { BodyEnd } from './end.ts'
import { keepAlive } from './keep-alive.ts'
import type { Source } from './source.ts'
import { firstReadBuffer, isFull, nextReadBuffer } from './read-buffer.ts'

export interface Copying {
  /** A silent stream of events gets comments, until its answer has begun. */
  keepsAlive: boolean
  /** The caller sees every byte as it comes. */
  showsAll: boolean
  /** How long what comes may gather before it is passed on; 0: not at all. */
  pauseMs: () => number
  onFirstByte: () => void
}

/** How copying ended: as the body did, or because there is a better way for the rest of it. */
export type CopyEnd =
  | BodyEnd
  /** Nothing more is to be held back or put in: the runtime may move the bytes. */
  | 'flowing'
  /** What comes may gather. */
  | 'gathering'

/** Chunk by chunk, past the tap; with pauses where the source is one that gathers meanwhile. */
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
            // Where nobody takes the comment, nobody waits for what would come.
            isLeft = true
            return source.cancel().catch(() => {})
          }),
        () => !isWriting && tap.mayInterrupt,
      )
    : null
  let space = firstReadBuffer()
  try {
    for (let first = true; ; first = false) {
      let chunk: Uint8Array
      try {
        const read = await source.read(space)
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
      space = nextReadBuffer(chunk)
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
