import { guardOf } from './guard.ts'
import { socketHeaders } from '../headers.ts'
import { inTurn, SocketSpend } from './spend.ts'
import type { ProxyRequest } from '../request.ts'
import { connect } from './connect.ts'
import type { SocketKind } from '../../xai/sockets.ts'
import { TurnRecorder } from './turn-recorder.ts'

/** Connects the caller with xAI's WebSocket. The exchange ends when both ends are closed. */
export function openSocket(
  proxied: ProxyRequest,
  kind: SocketKind,
  upstream: WebSocket,
  upstreamHeaders: Headers,
): Response {
  const { request, url, exchange } = proxied
  const recorder = new TurnRecorder(proxied)
  const spend = SocketSpend.of(proxied, kind)
  const { caller: socket, stop } = connect({
    upstream,
    kind,
    exchange,
    requestedModel: url.searchParams.get('model'),
    onTurn: (turn, isLate) => {
      if (!isLate) spend?.begins(turn)
      recorder.record(turn)
    },
    onProgress: (turn) => spend?.progress(turn),
    onError: () => spend?.rejected(),
    guard: inTurn(guardOf(proxied, kind), spend),
  })
  if (spend) spend.stop = stop
  void exchange.ended.then(() => {
    recorder.close()
    spend?.close()
  })
  const headers = socketHeaders(request.headers, upstreamHeaders, exchange.call.id)
  return new Response(null, { status: 101, webSocket: socket, headers })
}
