const WINDOW_MS = 1_000

let window = 0
let streams = 0
let before = 0

/**
 * A stream that passes through JavaScript, and how many of them this isolate has. They are counted by the
 * second in which they have passed something, rather than as they open and close: an invocation that is
 * ended from outside says no goodbye, and a silent stream costs nothing.
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
