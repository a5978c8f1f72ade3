import type { Refusal } from '../http/refusals.ts'
import type { OutgoingBody } from './body.ts'
import { callerHeaders, type PlainHeaders } from './headers.ts'
import { Reading } from './reading.ts'
import type { BodyEnd } from './relay/end.ts'
import { relay } from './relay/relay.ts'
import type { ProxyRequest } from './request.ts'
import { followSpend, rateHeaders } from './spending.ts'
import { SpendStopper } from './stop.ts'

// A server sends this much at once, before any acknowledgement (RFC 6928). Gathering it delays nothing, and
// saves a turn of JavaScript for each step of a stream.
const ONE_FLIGHT_BYTES = 14_600

/**
 * Passes xAI's answer on and reads it on the way. The exchange ends with the last byte. Returns a refusal if
 * the answer broke off before its first byte.
 */
export async function passAnswer(
  proxied: ProxyRequest,
  upstream: Response,
  { facts }: OutgoingBody,
  overheadMs: number,
): Promise<Response | Refusal> {
  const { endpoint, exchange, request } = proxied
  const reading = new Reading({ upstream, endpoint, facts })
  const init = { status: upstream.status, headers: headersOf(proxied, upstream, overheadMs) }
  const lengthBytes = reading.streamed ? null : knownLength(upstream.headers)
  const finish = (end: BodyEnd): void => {
    reading.end = end
    exchange.end()
  }
  const onFirstByte = (): void => {
    reading.passedFirst()
    exchange.passedFirst()
  }
  // An answer with an error status keeps that status, even if it breaks off.
  const isOneFlight = lengthBytes !== null && lengthBytes > 0 && lengthBytes <= ONE_FLIGHT_BYTES
  if (upstream.ok && reading.isRead && isOneFlight) {
    const gathered = await upstream.arrayBuffer().catch(() => null)
    if (gathered === null)
      return { reason: request.signal.aborted ? 'caller_gone' : 'upstream_broke_off' }
    const bytes = new Uint8Array(gathered)
    onFirstByte()
    reading.tap.push(bytes)
    reading.tap.end()
    exchange.passes(() => reading.soFar())
    const response = new Response(bytes, init)
    finish('whole')
    return response
  }
  exchange.passes(() => reading.soFar())
  if (upstream.body === null) {
    const response = new Response(null, init)
    finish('whole')
    return response
  }
  const stopper = reading.streamed ? SpendStopper.of(exchange, reading) : null
  if (reading.streamed && !stopper) followSpend(exchange)
  const { body, ended } = relay(upstream.body, reading.tap, {
    stopper,
    lengthBytes,
    gone: request.signal,
    showsAll: reading.streamed && !reading.hidesEvents,
    onFirstByte,
    ...passingOf(proxied, reading.streamed),
  })
  void ended.then(finish).catch((error: unknown) => {
    console.error('relay failed', exchange.call.id, error instanceof Error ? error.message : '')
    exchange.end({ reason: 'internal', requestId: exchange.call.id })
  })
  return new Response(body, init)
}

function headersOf(
  { exchange }: ProxyRequest,
  upstream: Response,
  overheadMs: number,
): PlainHeaders {
  const { id, atMs } = exchange.call
  const headers = callerHeaders(upstream.headers, id)
  const headersMs = Date.now() - atMs
  for (const [name, value] of rateHeaders(exchange)) headers[name] = value
  headers['server-timing'] = `metrion;dur=${overheadMs}, xai;dur=${headersMs - overheadMs}`
  return headers
}

/** The way a stream is passed on, as the account and the caller have chosen. */
function passingOf({ request, caller, settings }: ProxyRequest, streamed: boolean) {
  const isHurried = caller.settings.lowLatency || request.headers.get('x-metrion-latency') === 'low'
  const isOff = request.headers.get('x-metrion-keep-alive') === 'off'
  return {
    keepsAlive: streamed && caller.settings.keepAlive && !isOff,
    gathersFor: streamed && !isHurried ? settings.plan : null,
  }
}

function knownLength(headers: Headers): number | null {
  // The runtime decompresses the body, so its length is not the one that the caller gets.
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return null
  const length = headers.get('content-length')
  if (length === null || !/^\d+$/.test(length)) return null
  return Number.isSafeInteger(Number(length)) ? Number(length) : null
}
