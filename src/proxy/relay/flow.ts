import type { Tap } from '../../metering/tap.ts'
import { abortAfterFlush, type BodyEnd } from './end.ts'
import { firstReadBuffer, isFull, nextReadBuffer } from './read-buffer.ts'

// Bytes that come in a pause wait for the meter. So pauses grow to a second, and are short after much has
// come.
const FIRST_PAUSE_MS = 100
const PAUSE_MS = 1_000
const MUCH_BYTES = 65_536
/**
 * A full read has more behind it, which should not pile up, so full reads follow each other without a pause.
 * But it is not known whether the caller or the meter pulled, so a caller that reads nothing could leave a
 * whole answer in memory: beyond this many full reads there are pauses again.
 */
const FULL_READS = 256
/** For what came before the caller hung up. Then upstream is cancelled: xAI may not know that the caller is gone. */
const LAST_LOOK_MS = 1_000

/**
 * Lets the runtime move the bytes, without a turn of JavaScript for each event, and reads what has passed
 * once a second: every turn costs more than the rest of an event's work. Ahead of a slow caller it reads once
 * a second, plus full reads.
 */
export async function flow(
  upstream: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  tap: Tap,
  gone: AbortSignal,
): Promise<BodyEnd> {
  const [toCaller, toMeter] = upstream.tee()
  const reader = toMeter.getReader({ mode: 'byob' })
  let isOver = false
  let isLeft = false
  const pause = new Pause()
  let lastLook: ReturnType<typeof setTimeout> | null = null
  const piped = toCaller.pipeTo(writable, { preventAbort: true }).then(
    () => true,
    () => false,
  )
  const over = piped.then(async (isWhole) => {
    isOver = true
    pause.end()
    if (isWhole) return
    // The caller is gone, or xAI broke off. After a last look, cancel upstream so that xAI stops generating.
    lastLook = setTimeout(() => {
      isLeft = true
      void reader.cancel().catch(() => {})
    }, LAST_LOOK_MS)
    await abortAfterFlush(writable).catch(() => {})
  })
  let isCut = false
  try {
    let buffer = firstReadBuffer()
    let pauseMs = FIRST_PAUSE_MS
    let cameBytes = 0
    for (let fullReads = 0; ;) {
      const read = await reader.read(buffer)
      if (read.done) break
      tap.push(read.value)
      tap.retainCopy()
      const goesOn = isFull(read.value) && fullReads++ < FULL_READS
      buffer = nextReadBuffer(read.value)
      cameBytes += read.value.length
      if (isOver || goesOn) continue
      if (cameBytes >= MUCH_BYTES) pauseMs = FIRST_PAUSE_MS
      cameBytes = 0
      await pause.wait(pauseMs)
      pauseMs = Math.min(PAUSE_MS, pauseMs * 2)
    }
  } catch {
    isCut = true
  }
  tap.end()
  await over
  clearTimeout(lastLook)
  if (await piped) return 'whole'
  return isCut && !isLeft && !gone.aborted ? 'upstream_cut' : 'client_gone'
}

/** A wait that can be ended early. */
class Pause {
  end: () => void = () => {}

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
