import type { Tap } from '../../metering/tap.ts'
import { abortAfterFlush, type BodyEnd } from './end.ts'
import { firstReadBuffer, isFull, nextReadBuffer } from './read-buffer.ts'

// What comes in a pause waits for the meter. So pauses grow to a second, and are short where much has come.
const FIRST_PAUSE_MS = 100
const PAUSE_MS = 1_000
const MUCH_BYTES = 65_536
/**
 * Reads that come back full have more behind them, which had better not pile up: they follow each other
 * without a pause. But whether it was the caller or the meter that pulled, nobody can say, so that a
 * caller who takes nothing could leave a whole answer with us: beyond this many there are pauses again.
 */
const FULL_READS = 256
/** For what had come before its caller hung up, where xAI has not heard of that and goes on. */
const LAST_LOOK_MS = 1_000

/**
 * Lets the runtime move the bytes, without a turn of ours for each event, and looks once a second at
 * what has passed: every turn costs more than all the rest of an event. What is read ahead of a slow
 * caller is a read a second, and what is full.
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
    // Nobody reads on, so nobody shall pay on.
    lastLook = setTimeout(() => {
      isLeft = true
      void reader.cancel().catch(() => {})
    }, LAST_LOOK_MS)
    await abortAfterFlush(writable).catch(() => {})
  })
  let isCut = false
  try {
    let space = firstReadBuffer()
    let pauseMs = FIRST_PAUSE_MS
    let cameBytes = 0
    for (let fullReads = 0; ;) {
      const read = await reader.read(space)
      if (read.done) break
      tap.push(read.value)
      tap.retainCopy()
      const goesOn = isFull(read.value) && fullReads++ < FULL_READS
      space = nextReadBuffer(read.value)
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

/** A wait that somebody may end early. */
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
