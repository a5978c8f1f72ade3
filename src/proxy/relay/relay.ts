import type { Plan } from '../../env.ts'
import type { Tap } from '../../metering/tap.ts'
import { busyStream } from './busy.ts'
import { copy, type CopyEnd, type Copying, type Stopper } from './copy.ts'
import { abortAfterFlush, type BodyEnd } from './end.ts'
import { flow } from './flow.ts'
import { gather } from './gather.ts'
import { pauseMs } from './pace.ts'
import { directly, type Source } from './source.ts'

export interface Relay {
  body: ReadableStream<Uint8Array>
  /** Resolves once, when the last byte has reached the caller or never will. Rejects only for a bug of ours. */
  ended: Promise<BodyEnd>
}

export interface RelayOptions extends Omit<Copying, 'pauseMs'> {
  /** The length, if xAI said it and the bytes are not changed; the caller then gets it too. Null: not known. */
  lengthBytes: number | null
  /** Aborts when the caller hangs up. */
  gone: AbortSignal
  /** Events may gather as this plan needs it; null: every event is passed on as it comes. */
  gathersFor: Plan | null
}

/**
 * Moves an answer to the caller, at the caller's pace, past the tap: first chunk by chunk; then in pauses, if
 * bytes may have to be held back or inserted; and by the runtime itself once they may not. Native streams on
 * both ends keep the invocation alive until the last byte.
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
  const writer = writable.getWriter()
  // Errors are handled at each write; without this, a caller that hangs up would be an unhandled rejection.
  writer.closed.catch(() => {})
  const copying = { ...options, ...paced(tap, options) }
  let source: Source = directly(upstream)
  try {
    let copied: CopyEnd = await copy(source, writer, tap, copying)
    if (copied === 'gathering') {
      source = gather(source.release())
      copied = await copy(source, writer, tap, { ...copying, onFirstByte: () => {} })
    }
    if (copied !== 'flowing') return await finish(copied as BodyEnd, source, writer, tap, options)
  } catch (error) {
    // A bug of ours: neither end may be left hanging.
    await Promise.allSettled([source.cancel(error), writer.abort(error)])
    throw error
  }
  writer.releaseLock()
  return flow(source.release(), writable, tap, options.gone)
}

/** An answer that may have to stop is looked at so often. */
const STOPPER_PAUSE_MS = 200

/** The pause of this stream, computed at each call. */
function paced(
  tap: Tap,
  { gathersFor: plan, onFirstByte, stopper }: RelayOptions,
): Pick<Copying, 'pauseMs' | 'onFirstByte'> {
  if (plan === null) return { pauseMs: () => 0, onFirstByte }
  const countStreams = busyStream()
  let firstMs = 0
  return {
    pauseMs: () =>
      Math.min(
        pauseMs({
          plan,
          events: tap.events,
          streams: countStreams(),
          sinceMs: Date.now() - firstMs,
        }),
        stopper ? STOPPER_PAUSE_MS : Number.POSITIVE_INFINITY,
      ),
    onFirstByte: () => {
      firstMs = Date.now()
      onFirstByte()
    },
  }
}

/** Ends xAI's work, and the caller's stream as its dialect ends. */
async function stop(
  source: Source,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  tap: Tap,
  stopper: Stopper,
): Promise<BodyEnd> {
  await source.cancel(new Error('a budget is used up')).catch(() => {})
  // What is held back is half an event.
  tap.end()
  try {
    await writer.write(stopper.last())
    await writer.close()
  } catch {
    // The caller has gone meanwhile; the answer was stopped all the same.
  }
  return 'stopped'
}

async function finish(
  copied: BodyEnd,
  source: Source,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  tap: Tap,
  { gone: { aborted }, stopper }: RelayOptions,
): Promise<BodyEnd> {
  const end = copied !== 'whole' && aborted ? 'client_gone' : copied
  if (end === 'stopped' && stopper) return stop(source, writer, tap, stopper)
  const rest = tap.end()
  if (end === 'client_gone') {
    const gone = new Error('the caller has hung up')
    // The caller is gone: cancel upstream so that xAI stops generating.
    await Promise.allSettled([source.cancel(gone), writer.abort(gone)])
    return end
  }
  try {
    for (const part of rest) await writer.write(part)
    await (end === 'whole' ? writer.close() : abortAfterFlush(writer))
    return end
  } catch {
    return 'client_gone'
  }
}
