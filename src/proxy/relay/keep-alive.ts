const COMMENT = new TextEncoder().encode(': keep-alive\n\n')

/** A stream that is silent for this time gets a comment. Clients give up after 60 s or more. */
export const SILENCE_MS = 15_000

export interface KeepAlive {
  /** Call when something has been sent. */
  heard: () => void
  stop: () => void
}

/**
 * Calls `send` with a comment, which every SSE reader skips, when the stream has been silent for SILENCE_MS
 * and `mayInterrupt` says that it is between two events.
 */
export function keepAlive(
  send: (comment: Uint8Array) => void,
  mayInterrupt: () => boolean,
): KeepAlive {
  let heardMs = Date.now()
  let timer: ReturnType<typeof setTimeout>
  const wait = (ms: number): void => void (timer = setTimeout(look, ms))
  // One timer that looks at the clock, instead of a timer for every chunk.
  const look = (): void => {
    const silentMs = Date.now() - heardMs
    if (silentMs < SILENCE_MS) return wait(SILENCE_MS - silentMs)
    if (mayInterrupt()) send(COMMENT)
    heardMs = Date.now()
    return wait(SILENCE_MS)
  }
  wait(SILENCE_MS)
  return { heard: () => void (heardMs = Date.now()), stop: () => clearTimeout(timer) }
}
