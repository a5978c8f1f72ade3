import { isRefusal, type Refusal } from '../http/refusals.ts'
import type { PlainHeaders } from './headers.ts'

// The runtime reports a refused connection and one that broke later with the same error. A refused one fails
// at once (or, from Cloudflare's edge, as a 52x). So if the failure took longer than this, the request had
// reached xAI.
const CONNECT_MS = 1_000

export interface Outgoing {
  url: string
  method: string
  headers: PlainHeaders
  body: Uint8Array | ReadableStream<Uint8Array> | null
  /** Resolves if the body turns out to be one that xAI must not get; null: that cannot happen. */
  refused: Promise<Refusal> | null
  /** Limit until the answer begins; after that, xAI may be silent for any time. */
  timeoutMs: number
  /** Aborts when the caller hangs up. It also ends an answer that has already begun. */
  gone: AbortSignal
}

/** Sends the request to xAI. A fetch that is given up here is not awaited: it ends with the invocation. */
export async function forward(outgoing: Outgoing): Promise<Response | Refusal> {
  const { url, method, headers, body, refused, timeoutMs, gone } = outgoing
  const beganMs = Date.now()
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<Refusal>()
  const timer = setTimeout(() => giveUp({ reason: 'upstream_timeout', timeoutMs }), timeoutMs)
  try {
    // A redirect would carry the key to another host.
    const fetched = fetch(url, {
      method,
      headers,
      body,
      signal: gone,
      redirect: 'manual',
      cache: 'no-store',
    })
    const answered = await Promise.race(refused ? [refused, fetched, givenUp] : [fetched, givenUp])
    if (isRefusal(answered)) void fetched.then(({ body: late }) => late?.cancel()).catch(() => {})
    return answered
  } catch {
    if (gone.aborted) return { reason: 'caller_gone' }
    if (Date.now() - beganMs > CONNECT_MS) return { reason: 'upstream_broke_off' }
    return { reason: 'upstream_unreachable', host: new URL(url).host }
  } finally {
    clearTimeout(timer)
  }
}
