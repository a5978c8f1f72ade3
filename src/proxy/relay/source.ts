/** The source of an answer's bytes. */
export interface Source {
  /** Reads what has come into `buffer`; waits for the first byte. */
  read: (buffer: Uint8Array) => Promise<ReadableStreamReadResult<Uint8Array>>
  /** Tells xAI that nobody reads on. */
  cancel: (why?: unknown) => Promise<unknown>
  /** Hands over the rest as a stream. */
  release: () => ReadableStream<Uint8Array>
  /**
   * Lets bytes gather: resolves after `ms`, or as soon as enough have come or none will come any more. Null:
   * this source does not gather while nobody reads.
   */
  pause: ((ms: number) => Promise<void>) | null
}

/** The answer itself: a read returns one chunk, however many have come. */
export function directly(upstream: ReadableStream<Uint8Array>): Source {
  const reader = upstream.getReader({ mode: 'byob' })
  return {
    read: (buffer) => reader.read(buffer),
    cancel: (why) => reader.cancel(why),
    release: () => {
      reader.releaseLock()
      return upstream
    },
    pause: null,
  }
}
