import type { Tap } from '../metering/tap.ts'
import { callerGone } from './hang-up.ts'
import { keepAlive } from './keep-alive.ts'

/** How the body of an answer ended. */
export type BodyEnd = 'whole' | 'upstream_cut' | 'client_gone'

export interface Relay {
  body: ReadableStream<Uint8Array>
  /** Resolves once, when the last byte is with the caller or never will be; never rejects. */
  ended: Promise<BodyEnd>
}

export interface RelayOptions {
  /** Known where xAI said it and the bytes are not changed; the caller then sees it too. */
  lengthBytes: number | null
  /** Ends the request to xAI. Aborted by others once the caller has hung up. */
  abort: AbortController
  /** A silent stream of events gets comments. */
  keepsAlive: boolean
  onFirstByte: () => void
}

type Writer = WritableStreamDefaultWriter<Uint8Array>

/**
 * Moves an answer to the caller, chunk by chunk and at the caller's pace, through the tap. Native
 * streams on both ends keep the invocation alive until the last byte.
 */
export function relay(
  upstream: ReadableStream<Uint8Array>,
  tap: Tap,
  options: RelayOptions,
): Relay {
  const { readable, writable } =
    options.lengthBytes === null
      ? new IdentityTransformStream()
      : new FixedLengthStream(options.lengthBytes)
  return { body: readable, ended: pump(upstream.getReader(), writable.getWriter(), tap, options) }
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: Writer,
  tap: Tap,
  options: RelayOptions,
): Promise<BodyEnd> {
  const { abort } = options
  // Handled where it is written; without this, a caller that hangs up would be an unhandled rejection.
  writer.closed.catch(() => {})
  const copied = await copy(reader, writer, tap, options)
  const end = copied !== 'whole' && abort.signal.aborted ? 'client_gone' : copied
  const rest = tap.end()
  if (end === 'client_gone') {
    // Nobody reads on, so nobody shall pay on.
    abort.abort(callerGone())
    await writer.abort(callerGone()).catch(() => {})
    return end
  }
  try {
    for (const part of rest) await writer.write(part)
    // A cut answer must look cut: the caller's connection breaks as ours did.
    await (end === 'whole' ? writer.close() : writer.abort(new Error('xAI broke off')))
    return end
  } catch {
    return 'client_gone'
  }
}

async function copy(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: Writer,
  tap: Tap,
  { abort, keepsAlive, onFirstByte }: RelayOptions,
): Promise<BodyEnd> {
  let isWriting = false
  const alive = keepsAlive
    ? keepAlive(
        // Where nobody takes the comment, nobody waits for what would come.
        (comment) => void writer.write(comment).catch(() => abort.abort(callerGone())),
        () => !isWriting && tap.mayInterrupt,
      )
    : null
  try {
    for (let first = true; ; first = false) {
      let chunk: Uint8Array
      try {
        const read = await reader.read()
        if (read.done) return 'whole'
        chunk = read.value
      } catch {
        return 'upstream_cut'
      }
      if (first) onFirstByte()
      isWriting = true
      try {
        for (const part of tap.push(chunk)) await writer.write(part)
      } catch {
        return 'client_gone'
      }
      isWriting = false
      alive?.heard()
    }
  } finally {
    alive?.stop()
  }
}
