const COMMENT = new TextEncoder().encode(': keep-alive\n\n')

/** After so long without a byte, a stream gets a sign of life. Clients give up after 60 s and more. */
export const SILENCE_MS = 15_000

export interface KeepAlive {
  /** Something has been sent. */
  heard: () => void
  stop: () => void
}

/**
 * Calls `send` with a comment, which every SSE reader skips, whenever the stream has been silent for
 * SILENCE_MS and `mayInterrupt` says that it stands between two events.
 */
export function keepAlive(
  send: (comment: Uint8Array) => void,
  mayInterrupt: () => boolean,
): KeepAlive {
  let heardMs = Date.now()
  let timer: ReturnType<typeof setTimeout>
  const wait = (ms: number): void => void (timer = setTimeout(look, ms))
  // One timer that looks at the clock, rather than a timer for every chunk.
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
