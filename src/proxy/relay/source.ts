/** Where the bytes of an answer come from. */
export interface Source {
  /** What has come, into this space; waits for the first byte of it. */
  read: (space: Uint8Array) => Promise<ReadableStreamReadResult<Uint8Array>>
  /** Tells xAI that nobody reads on. */
  cancel: (why?: unknown) => Promise<unknown>
  /** Lets the rest be taken by something else, as a stream. */
  release: () => ReadableStream<Uint8Array>
  /**
   * Lets bytes gather: resolves after so long, or as soon as there is enough of them or nothing more will come.
   * Null: they do not gather while nobody reads.
   */
  pause: ((ms: number) => Promise<void>) | null
}

/** The answer itself: a read brings one chunk, however many have come. */
export function directly(upstream: ReadableStream<Uint8Array>): Source {
  const reader = upstream.getReader({ mode: 'byob' })
  return {
    read: (space) => reader.read(space),
    cancel: (why) => reader.cancel(why),
    release: () => {
      reader.releaseLock()
      return upstream
    },
    pause: null,
  }
}
