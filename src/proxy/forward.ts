import type { Refusal } from '../errors.ts'
import { HangUp } from './hang-up.ts'

// The runtime says of a refused connection and of one that broke later the same words. Refusals come
// at once (and from Cloudflare's edge as a 52x), so that what has taken longer had reached xAI.
const CONNECT_MS = 1_000

export interface Outgoing {
  url: string
  method: string
  headers: Headers
  body: Uint8Array | ReadableStream<Uint8Array> | null
  /** To the first byte; from then on xAI may be silent as long as it likes. */
  timeoutMs: number
}

/**
 * Asks xAI. `abort` ends the call, and the answer with it, for whatever reason it is given; a HangUp
 * says which.
 */
export async function forward(
  outgoing: Outgoing,
  abort: AbortController,
): Promise<Response | Refusal> {
  const { url, method, headers, body, timeoutMs } = outgoing
  const beganMs = Date.now()
  const timer = setTimeout(
    () => abort.abort(new HangUp({ reason: 'upstream_timeout', timeoutMs })),
    timeoutMs,
  )
  try {
    // A redirect would carry the key to another host.
    return await fetch(url, {
      method,
      headers,
      body,
      signal: abort.signal,
      redirect: 'manual',
      cache: 'no-store',
    })
  } catch {
    const reason: unknown = abort.signal.reason
    if (reason instanceof HangUp) return reason.refusal
    if (Date.now() - beganMs > CONNECT_MS) return { reason: 'upstream_broke_off' }
    return { reason: 'upstream_unreachable', host: new URL(url).host }
  } finally {
    clearTimeout(timer)
  }
}
