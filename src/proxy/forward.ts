import { isRefusal, type Refusal } from '../http/refusals.ts'
import type { PlainHeaders } from './headers.ts'

// The runtime says of a refused connection and of one that broke later the same words. Refusals come
// at once (and from Cloudflare's edge as a 52x), so that what has taken longer had reached xAI.
const CONNECT_MS = 1_000

export interface Outgoing {
  url: string
  method: string
  headers: PlainHeaders
  body: Uint8Array | ReadableStream<Uint8Array> | null
  /** The body turned out to be one that xAI must not have; never resolves where that cannot be. */
  refused: Promise<Refusal> | null
  /** To the first byte; from then on xAI may be silent as long as it likes. */
  timeoutMs: number
  /** The caller has hung up; it ends the answer, too, whatever of it has come. */
  gone: AbortSignal
}

/** Asks xAI. What is given up here ends when the request does, since nobody waits for it. */
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
