const WINDOW_MS = 1_000

let window = 0
let streams = 0
let before = 0

/**
 * Returns a function that counts its stream as busy, and returns the number of busy streams in this isolate.
 * A stream counts in each second in which it has passed something through JavaScript. Opening and closing are
 * not counted: an invocation that is ended from outside does not report its end, and a silent stream costs
 * nothing.
 */
export function busyStream(): () => number {
  let countedIn = -1
  return () => {
    const now = Math.floor(Date.now() / WINDOW_MS)
    if (now !== window) {
      before = now === window + 1 ? streams : 0
      streams = 0
      window = now
    }
    if (countedIn !== now) {
      countedIn = now
      streams++
    }
    return Math.max(streams, before)
  }
}
