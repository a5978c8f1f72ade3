import { joinBytes } from '../http/bytes.ts'
import { isRefusal, type Refusal } from '../http/refusals.ts'
import { BodyPatch } from './body-patch.ts'
import { NO_BODY, type BodyFacts } from '../xai/body-facts.ts'
import type { Endpoint } from '../xai/endpoint.ts'

/** A request's body on its way to xAI. */
export interface OutgoingBody {
  content: Uint8Array | ReadableStream<Uint8Array> | null
  /** All that is known of the body; complete once xAI has begun to answer. */
  facts: () => BodyFacts
  /** The last byte has gone out: if xAI was reached, it may work on the request. */
  isSent: () => boolean
  /** Resolves if a body that is still passing turns out to be one that xAI must not get. */
  refused: Promise<Refusal> | null
}

// Nearly every body is smaller. It is checked whole before anything goes to xAI, and sent with its length.
// Larger bodies (images) are checked while they pass.
export const HELD_LIMIT_BYTES = 1_048_576
const EMPTY: Refusal = { reason: 'body_malformed', problem: 'the body is empty' }
const CALLER_GONE: Refusal = { reason: 'caller_gone' }

export interface BodyOptions {
  /** JSON is read even if nothing in it is metered. */
  isSearched: boolean
  /** Looks at what is known of a body too large to be held, while it passes; null: there is nothing to check. */
  refuses: ((facts: BodyFacts, isWhole: boolean) => Refusal | null) | null
}

/** Reads as much of the body as has to be known, or returns the reason why it cannot be forwarded. */
export async function readBody(
  request: Request,
  endpoint: Endpoint & { name: string },
  { isSearched, refuses }: BodyOptions,
): Promise<OutgoingBody | Refusal> {
  if (request.method === 'GET') return withoutBody(endpoint)
  // Uploads pass unchanged; the answer says what they were.
  if (!endpoint.isJson) {
    if (!isSearched || !endpoint.takesJson || request.body === null)
      return wholeBody(request.body, NO_BODY)
    return holdChunks(request.body.getReader())
  }
  const type = request.headers.get('content-type') ?? ''
  if (/^multipart\//i.test(type)) return { reason: 'body_multipart', endpoint: endpoint.name }
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (encoding !== 'identity') return { reason: 'body_encoded', encoding: encoding.slice(0, 40) }

  const patch = new BodyPatch(endpoint)
  try {
    if (!isSmall(request)) {
      const stream = request.body
      return stream ? await readChunks(stream.getReader(), patch, refuses) : withoutBody(endpoint)
    }
    // The runtime gathers the body: a stream, with a turn for each chunk, costs more than reading the
    // content.
    const gathered = await request.arrayBuffer().catch(() => null)
    if (gathered === null) return CALLER_GONE
    patch.push(new Uint8Array(gathered))
    return endOf(patch)
  } catch (error) {
    return toRefusal(error)
  }
}

/** The body states its length and may be held. */
function isSmall({ headers }: Request): boolean {
  const size = Number(headers.get('content-length') ?? 0)
  return size > 0 && size <= HELD_LIMIT_BYTES
}

const withoutBody = ({ isJson, socket }: Endpoint): OutgoingBody | Refusal =>
  isJson && socket === null ? EMPTY : wholeBody(null, NO_BODY)

/** For a body of unknown length, or one too large to be held. */
/** A body that is not metered, held if it is small enough. */
async function holdChunks(reader: Reader): Promise<OutgoingBody | Refusal> {
  const held: Uint8Array[] = []
  for (let size = 0; size <= HELD_LIMIT_BYTES;) {
    const read = await readNext(reader)
    if (read === null) return CALLER_GONE
    if (read.done) return wholeBody(joinBytes(held), NO_BODY)
    held.push(read.value)
    size += read.value.length
  }
  const content = new ReadableStream<Uint8Array>({
    start: (controller) => held.forEach((part) => controller.enqueue(part)),
    pull: async (controller) => {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return wholeBody(content, NO_BODY)
}

async function readChunks(
  reader: Reader,
  patch: BodyPatch,
  refuses: BodyOptions['refuses'],
): Promise<OutgoingBody | Refusal> {
  let size = 0
  while (size <= HELD_LIMIT_BYTES) {
    const read = await readNext(reader)
    if (read === null) return CALLER_GONE
    if (read.done) return size === 0 ? EMPTY : endOf(patch)
    patch.push(read.value)
    size += read.value.length
  }
  return streamedBody(reader, patch, refuses)
}

/** Throws a SyntaxError. */
function endOf(patch: BodyPatch): OutgoingBody | Refusal {
  const whole = patch.end()
  return isRefusal(whole) ? whole : wholeBody(joinBytes(whole), patch.facts)
}

function wholeBody(content: OutgoingBody['content'], facts: BodyFacts): OutgoingBody {
  return { content, facts: () => facts, isSent: () => true, refused: null }
}

function streamedBody(
  reader: Reader,
  patch: BodyPatch,
  refuses: BodyOptions['refuses'],
): OutgoingBody {
  let sent = false
  const { promise: refused, resolve: refuse } = Promise.withResolvers<Refusal>()
  /** The next parts to send. Empty only at the end: the runtime does not pull again after an empty result. */
  const next = async (): Promise<Uint8Array[] | Refusal> => {
    for (;;) {
      const read = await readNext(reader)
      if (read === null) return CALLER_GONE
      if (!read.done) patch.push(read.value)
      const out = read.done ? patch.end() : patch.drain()
      if (isRefusal(out)) return out
      const refusal = refuses?.(patch.facts, read.done) ?? null
      if (refusal) return refusal
      sent = read.done
      if (sent || out.length > 0) return out
    }
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const parts = await next().catch(toRefusal)
    if (isRefusal(parts)) {
      refuse(parts)
      controller.error(new Error(parts.reason))
      return
    }
    for (const part of parts) controller.enqueue(part)
    if (sent) controller.close()
  }
  const first = patch.drain()
  const content = new ReadableStream<Uint8Array>({
    start: (controller) => first.forEach((part) => controller.enqueue(part)),
    pull,
    cancel: (reason) => reader.cancel(reason),
  })
  return { content, facts: () => patch.facts, isSent: () => sent, refused }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** Null: the caller is gone, and no more will come. */
async function readNext(reader: Reader): Promise<Awaited<ReturnType<Reader['read']>> | null> {
  try {
    return await reader.read()
  } catch {
    return null
  }
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof SyntaxError) return { reason: 'body_malformed', problem: error.message }
  throw error
}
