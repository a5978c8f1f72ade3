import { isRefusal, type Refusal } from '../http/refusals.ts'
import { isLimited } from './access.ts'
import { refuseAdmission, refuseLate } from './admission.ts'
import { passAnswer } from './answer.ts'
import { readBody } from './body.ts'
import { answerFromCache } from './cached-answer.ts'
import { conversationOf } from './conversation.ts'
import { forward } from './forward.ts'
import { upstreamHeaders } from './headers.ts'
import { readKey } from './key.ts'
import { limitsModels, refuseFacts } from './models.ts'
import { refuseByPolicy } from './policy.ts'
import type { ProxyRequest } from './request.ts'
import { whileOpening } from './socket/connect.ts'
import { openSocket } from './socket/open.ts'

/**
 * The stages of a request whose caller and endpoint are known. Each may refuse or answer, and then the later
 * ones do not run. The stage that answers has to make sure that the exchange ends.
 */
export async function runStages(proxied: ProxyRequest): Promise<Response | Refusal> {
  const { request, url, env, endpoint, credential, caller, exchange } = proxied

  const forbidden = await refuseByPolicy(proxied)
  if (forbidden) return forbidden

  const key = await readKey(env, credential, caller, url)
  if (typeof key !== 'string') return key
  exchange.hide(key)

  const isModelLimited = limitsModels(proxied)
  const body = await readBody(request, endpoint, {
    isSearched: isLimited(proxied) || isModelLimited,
    refuses: isModelLimited ? (facts, isWhole) => refuseFacts(proxied, facts, isWhole) : null,
  })
  if (isRefusal(body)) return body
  exchange.reads(body)

  const notAdmitted = await refuseAdmission(proxied, body)
  if (notAdmitted) return notAdmitted

  const cached = answerFromCache(proxied, body)
  if (cached) return cached

  const conversation = await conversationOf(proxied)
  const overheadMs = exchange.sent()
  const opening = endpoint.socket ? whileOpening(request.signal) : null
  const upstream = await forward({
    url: `${proxied.settings.xaiOrigin}${endpoint.upstreamPath}${url.search}`,
    method: request.method,
    headers: upstreamHeaders(request.headers, key, endpoint, {
      hasBody: body.content !== null,
      conversation,
    }),
    body: body.content,
    refused: body.refused,
    timeoutMs: proxied.settings.upstreamTimeoutMs,
    gone: opening?.signal ?? request.signal,
  })
  if (isRefusal(upstream)) return upstream
  exchange.answered(upstream.headers.get('x-request-id'))

  const late = (await refuseLate(proxied, body)) ?? refuseStatus(upstream)
  if (late) {
    void upstream.body?.cancel().catch(() => {})
    return late
  }
  if (endpoint.socket && upstream.webSocket) {
    opening?.over()
    return openSocket(proxied, endpoint.socket, upstream.webSocket, upstream.headers)
  }
  return passAnswer(proxied, upstream, body, overheadMs)
}

/** The runtime cannot pass on an answer with any other status. */
function refuseStatus({ status, webSocket }: Response): Refusal | null {
  const isPresentable = (status >= 200 && status <= 599) || webSocket !== null
  return isPresentable ? null : { reason: 'upstream_invalid', status }
}
