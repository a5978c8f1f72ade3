import { joinBytes } from '../json/bytes.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { BodyPatch, NO_BODY, type BodyFacts } from './body-patch.ts'
import type { Endpoint } from './endpoints.ts'
import { callerGone, HangUp } from './hang-up.ts'

/** A request's body on its way to xAI. */
export interface OutgoingBody {
  content: Uint8Array | ReadableStream<Uint8Array> | null
  /** All that is known of it; complete once xAI has begun to answer. */
  facts: () => BodyFacts
  /** Why a streamed body broke off. */
  failure: () => Refusal | null
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
  if (request.method === 'GET') return { content: null, facts: () => NO_BODY, failure: () => null }
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (encoding !== 'identity') return { reason: 'body_encoded', encoding: encoding.slice(0, 40) }
  if (request.body === null) return EMPTY

  const reader: Reader = request.body.getReader()
  const patch = new BodyPatch(endpoint)
  let failure: Refusal | null = null
  const facts = (): BodyFacts => patch.facts
  let size = 0
  try {
    while (size <= WHOLE_LIMIT_BYTES) {
      const read = await readNext(reader)
      if (read.done && size === 0) return EMPTY
      if (read.done) {
        const whole = patch.end()
        return isRefusal(whole) ? whole : { content: joinBytes(whole), facts, failure: () => null }
      }
      patch.push(read.value)
      size += read.value.length
    }
  } catch (error) {
    return toRefusal(error)
  }

  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const read = await readNext(reader)
      if (!read.done) patch.push(read.value)
      const out = read.done ? patch.end() : patch.drain()
      if (isRefusal(out)) failure = out
      else for (const part of out) controller.enqueue(part)
      if (read.done && failure === null) controller.close()
    } catch (error) {
      failure = toRefusal(error)
    }
    if (failure !== null) abort.abort(new HangUp(failure))
  }
  const first = patch.drain()
  const content = new ReadableStream<Uint8Array>({
    start: (controller) => first.forEach((part) => controller.enqueue(part)),
    pull,
    cancel: (reason) => reader.cancel(reason),
  })
  return { content, facts, failure: () => failure }
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
