import type { Tap } from '../../metering/tap.ts'
import type { BodyEnd } from './end.ts'
import { keepAlive } from './keep-alive.ts'
import { firstSpace, nextSpace } from './space.ts'

export interface Copying {
  /** The caller has hung up. */
  gone: AbortSignal
  /** A silent stream of events gets comments, until its answer has begun. */
  keepsAlive: boolean
  /** The caller sees every byte as it comes. */
  showsAll: boolean
  onFirstByte: () => void
}

/**
 * Chunk by chunk, until the stream ends in whatever way, or `flowing`: nothing more is to be held back or
 * put in.
 */
export async function copy(
  reader: ReadableStreamBYOBReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  tap: Tap,
  { keepsAlive, showsAll, onFirstByte }: Copying,
): Promise<BodyEnd | 'flowing'> {
  let isWriting = false
  let isLeft = false
  const alive = keepsAlive
    ? keepAlive(
        (comment) =>
          void writer.write(comment).catch(() => {
            // Where nobody takes the comment, nobody waits for what would come.
            isLeft = true
            return reader.cancel().catch(() => {})
          }),
        () => !isWriting && tap.mayInterrupt,
      )
    : null
  let space = firstSpace()
  try {
    for (let first = true; ; first = false) {
      let chunk: Uint8Array
      try {
        const read = await reader.read(space)
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
      tap.detach()
      space = nextSpace(chunk)
      if (showsAll && (!keepsAlive || tap.usage.hasBegun)) return 'flowing'
      alive?.heard()
    }
  } finally {
    alive?.stop()
  }
}
