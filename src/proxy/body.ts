import { joinBytes } from '../json/bytes.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { BodyPatch } from './body-patch.ts'
import { NO_BODY, type BodyFacts } from './facts.ts'
import type { Endpoint } from './endpoints.ts'
import { callerGone, HangUp } from './hang-up.ts'

/** A request's body on its way to xAI. */
export interface OutgoingBody {
  content: Uint8Array | ReadableStream<Uint8Array> | null
  /** All that is known of it; complete once xAI has begun to answer. */
  facts: () => BodyFacts
  /** Its last byte has gone out, so that xAI may work on it if it was reached. */
  isSent: () => boolean
  /** xAI has answered, so that what is wrong with the rest no longer matters. */
  stopMinding: () => void
}

// Nearly every body is smaller: it is checked as a whole, before xAI hears of it, and goes out with
// its length. Larger ones (images) are checked while they pass.
const WHOLE_LIMIT_BYTES = 1_048_576
const EMPTY: Refusal = { reason: 'body_malformed', problem: 'the body is empty' }

/** Reads as much of the body as must be known, or says why it cannot be forwarded. */
export async function readBody(
  request: Request,
  endpoint: Endpoint,
  abort: AbortController,
): Promise<OutgoingBody | Refusal> {
  if (request.method === 'GET' || request.body === null)
    return endpoint.isJson && endpoint.socket === null ? EMPTY : wholeBody(null, NO_BODY)
  // Uploads go on as they are; what they are the answer will tell.
  if (!endpoint.isJson) return wholeBody(request.body, NO_BODY)
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (encoding !== 'identity') return { reason: 'body_encoded', encoding: encoding.slice(0, 40) }

  const reader: Reader = request.body.getReader()
  const patch = new BodyPatch(endpoint)
  try {
    let size = 0
    while (size <= WHOLE_LIMIT_BYTES) {
      const read = await readNext(reader)
      if (read.done && size === 0) return EMPTY
      if (read.done) {
        const whole = patch.end()
        return isRefusal(whole) ? whole : wholeBody(joinBytes(whole), patch.facts)
      }
      patch.push(read.value)
      size += read.value.length
    }
  } catch (error) {
    return toRefusal(error)
  }
  return streamedBody(reader, patch, abort)
}

function wholeBody(content: OutgoingBody['content'], facts: BodyFacts): OutgoingBody {
  return { content, facts: () => facts, isSent: () => true, stopMinding: () => {} }
}

function streamedBody(reader: Reader, patch: BodyPatch, abort: AbortController): OutgoingBody {
  let sent = false
  let minding = true
  /** What may go on next. Empty only at the end: the runtime does not ask again for nothing. */
  const next = async (): Promise<Uint8Array[]> => {
    for (;;) {
      const read = await readNext(reader)
      if (!read.done) patch.push(read.value)
      const out = read.done ? patch.end() : patch.drain()
      if (isRefusal(out)) throw new HangUp(out)
      sent = read.done
      if (sent || out.length > 0) return out
    }
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      for (const part of await next()) controller.enqueue(part)
      if (sent) controller.close()
    } catch (error) {
      const hangUp = new HangUp(toRefusal(error))
      controller.error(hangUp)
      if (minding) abort.abort(hangUp)
    }
  }
  const first = patch.drain()
  const content = new ReadableStream<Uint8Array>({
    start: (controller) => first.forEach((part) => controller.enqueue(part)),
    pull,
    cancel: (reason) => reader.cancel(reason),
  })
  return {
    content,
    facts: () => patch.facts,
    isSent: () => sent,
    stopMinding: () => (minding = false),
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function readNext(reader: Reader): Promise<Awaited<ReturnType<Reader['read']>>> {
  try {
    return await reader.read()
  } catch {
    throw callerGone()
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof SyntaxError) return { reason: 'body_malformed', problem: error.message }
  if (error instanceof HangUp) return error.refusal
  throw error
}
