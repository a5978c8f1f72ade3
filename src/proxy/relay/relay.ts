import type { Tap } from '../../metering/tap.ts'
import { copy, type Copying } from './copy.ts'
import { breakOff, type BodyEnd } from './end.ts'
import { flow } from './flow.ts'

export interface Relay {
  body: ReadableStream<Uint8Array>
  /** Resolves once, when the last byte is with the caller or never will be; never rejects. */
  ended: Promise<BodyEnd>
}

export interface RelayOptions extends Copying {
  /** Known where xAI said it and the bytes are not changed; the caller then sees it too. */
  lengthBytes: number | null
}

/**
 * Moves an answer to the caller, at the caller's pace, past the tap: chunk by chunk where bytes are to
 * be held back or put in, and by the runtime itself from where they are not. Native streams on both ends
 * keep the invocation alive until the last byte.
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
  return { body: readable, ended: pass(upstream, writable, tap, options) }
}

async function pass(
  upstream: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  tap: Tap,
  options: RelayOptions,
): Promise<BodyEnd> {
  const reader = upstream.getReader({ mode: 'byob' })
  const writer = writable.getWriter()
  // Handled where it is written; without this, a caller that hangs up would be an unhandled rejection.
  writer.closed.catch(() => {})
  const copied = await copy(reader, writer, tap, options)
  if (copied === 'flowing') {
    reader.releaseLock()
    writer.releaseLock()
    return flow(upstream, writable, tap, options.gone)
  }
  const end = copied !== 'whole' && options.gone.aborted ? 'client_gone' : copied
  const rest = tap.end()
  if (end === 'client_gone') {
    const gone = new Error('the caller has hung up')
    // Nobody reads on, so nobody shall pay on.
    await Promise.allSettled([reader.cancel(gone), writer.abort(gone)])
    return end
  }
  try {
    for (const part of rest) await writer.write(part)
    await (end === 'whole' ? writer.close() : breakOff(writer))
    return end
  } catch {
    return 'client_gone'
  }
}
