import type { Source } from './source.ts'

/** The runtime moves so much before it wakes JavaScript. */
const DRAIN_BYTES = 16_384
/** When so much has gathered, there is enough to pass on: a fast answer is not slowed down by pauses. */
const ENOUGH_BYTES = 65_536
/** What may gather before xAI is held back: a caller that takes nothing must not leave its answer with us. */
const AHEAD_BYTES = 262_144

/**
 * Lets what comes gather between two reads, without a turn of JavaScript for each event. A read of the
 * answer itself brings one chunk, however many have come; one of a tee's branch brings all that the other
 * branch has taken. So the other branch is drained, by the runtime: it flows into a transform that is read
 * 16 KiB at a time. What is drained is thrown away; what is kept is the answer.
 *
 * Contract: the bytes in their order, none missing, none twice; at most AHEAD_BYTES and one drain more than
 * has been read; an end, or a break, after all bytes before it, and without waiting for the pause; a pause
 * that ends early where ENOUGH_BYTES have come.
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
    let space: Uint8Array = new Uint8Array(DRAIN_BYTES)
    for (;;) {
      const { done, value } = await drain.readAtLeast(DRAIN_BYTES, space)
      if (done || isOver) return
      aheadBytes += value.length
      space = new Uint8Array(value.buffer)
      if (aheadBytes >= ENOUGH_BYTES) wakeReader?.()
      if (aheadBytes > AHEAD_BYTES) await new Promise<void>((resolve) => (wakeDrain = resolve))
    }
  }
  const stopDrain = (why?: unknown): Promise<unknown> => {
    isOver = true
    wakeDrain?.()
    return drain.cancel(why).catch(() => {})
  }
  // xAI has ended or broken off; which of the two, the kept branch says behind its last byte.
  const over = (): void => {
    isOver = true
    wakeReader?.()
  }
  void taken.pipeTo(writable).then(over, over)
  void drained().catch(() => {})

  return {
    read: async (space) => {
      const read = await reader.read(space)
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
