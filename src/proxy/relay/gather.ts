import type { Source } from './source.ts'

/** The runtime moves this much before it wakes JavaScript. */
const DRAIN_BYTES = 16_384
/** When this much has gathered, it is passed on: pauses do not slow down a fast answer. */
const ENOUGH_BYTES = 65_536
/**
 * More than this must not gather: xAI is held back, or a caller that reads nothing would leave its answer in
 * memory.
 */
const AHEAD_BYTES = 262_144

/**
 * Lets bytes gather between two reads, without a turn of JavaScript for each event. A read of the answer
 * itself returns one chunk, however many have come; a read of one branch of a tee returns all that the other
 * branch has taken. So the runtime drains the other branch, into a transform that is read 16 KiB at a time.
 * The drained bytes are thrown away; the kept branch is the answer.
 *
 * Contract: all bytes in order, none missing, none twice; at most AHEAD_BYTES plus one drain more than has
 * been read; an end, or a break, after all bytes before it, and without waiting for the pause; a pause that
 * ends early when ENOUGH_BYTES have come.
 */
export function gather(upstream: ReadableStream<Uint8Array>): Source {
  const [taken, kept] = upstream.tee()
  const { readable, writable } = new IdentityTransformStream()
  const drain = readable.getReader({ mode: 'byob' })
  const reader = kept.getReader({ mode: 'byob' })
  let aheadBytes = 0
  let isOver = false
  let wakeDrain: (() => void) | null = null
  let wakeReader: (() => void) | null = null

  const drained = async (): Promise<void> => {
    let buffer: Uint8Array = new Uint8Array(DRAIN_BYTES)
    for (;;) {
      const { done, value } = await drain.readAtLeast(DRAIN_BYTES, buffer)
      if (done || isOver) return
      aheadBytes += value.length
      buffer = new Uint8Array(value.buffer)
      if (aheadBytes >= ENOUGH_BYTES) wakeReader?.()
      if (aheadBytes > AHEAD_BYTES) await new Promise<void>((resolve) => (wakeDrain = resolve))
    }
  }
  const stopDrain = (why?: unknown): Promise<unknown> => {
    isOver = true
    wakeDrain?.()
    return drain.cancel(why).catch(() => {})
  }
  // xAI has ended or broken off; the kept branch says which of the two, after its last byte.
  const over = (): void => {
    isOver = true
    wakeReader?.()
  }
  void taken.pipeTo(writable).then(over, over)
  void drained().catch(() => {})

  return {
    read: async (buffer) => {
      const read = await reader.read(buffer)
      aheadBytes -= read.value?.length ?? 0
      if (aheadBytes <= AHEAD_BYTES) wakeDrain?.()
      return read
    },
    pause: async (ms) => {
      if (isOver || aheadBytes >= ENOUGH_BYTES) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        wakeReader = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      wakeReader = null
    },
    cancel: (why) => Promise.allSettled([stopDrain(why), reader.cancel(why)]),
    release: () => {
      void stopDrain()
      reader.releaseLock()
      return kept
    },
  }
}
