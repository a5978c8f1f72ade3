import type { Caller } from '../callers/store.ts'
import type { Env, Settings } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { isLimited, namedBy, refuseAccess, refuseNamed } from './access.ts'
import { answer, type Answer } from './answer.ts'
import { NO_BODY, withoutSecretsOf } from './facts.ts'
import { readBody, type OutgoingBody } from './body.ts'
import { secretsOf, type Credential } from './credential.ts'
import { dialectOf, type MatchedEndpoint } from './match.ts'
import { forward } from './forward.ts'
import { readKey } from './key.ts'
import { scrubber } from './scrub.ts'
import { socketHeaders, upstreamHeaders } from './headers.ts'
import type { Ongoing } from './record.ts'
import { guardNamed } from './socket/guard.ts'
import { connect, whileOpening } from './socket/connect.ts'
import { refusalEnding, type Call, type Ending } from './ending.ts'

export interface Serving {
  request: Request
  url: URL
  env: Env
  settings: Settings
  endpoint: MatchedEndpoint
  credential: Credential
  caller: Caller
  call: Call
  /** A turn has begun on a connection; it is to be remembered by itself. */
  onTurn: (call: Call, ongoing: Ongoing) => void
}

/** A request that is being served. */
export interface Served {
  /** Whatever happens, there is one. */
  answer: Promise<Answer>
  /** How it stands, for whoever asks before it has ended. */
  soFar: () => Ending | null
}

/** The stages of a request whose caller is known. Whatever happens, it ends, once. */
export function serve(serving: Serving): Served {
  const { request, url, env, settings, endpoint, credential, caller, call, onTurn } = serving
  let body: OutgoingBody | null = null
  let ownMs: number | null = null
  let upstreamRequestId: string | null = null
  let begun: Answer | null = null
  const secrets = secretsOf(credential)
  const asking = { env, endpoint, credential, caller, method: request.method }

  const endWith = (refusal: Refusal): Ending => {
    const ending = refusalEnding(call, refusal)
    return {
      ...ending,
      sent: body?.isSent() === true,
      billed: endpoint.meter !== null,
      facts: withoutSecretsOf(body?.facts() ?? NO_BODY, secrets),
      ownMs: ownMs ?? ending.totalMs,
      upstreamRequestId,
    }
  }
  const refuse = (refusal: Refusal): Answer => {
    const ending = endWith(refusal)
    const response = refusalResponse(
      refusal,
      { 'x-metrion-request-id': call.id },
      dialectOf(url.pathname),
    )
    return { response, ended: Promise.resolve(ending), soFar: () => ending }
  }
  const unexpected = (error: unknown): Answer => {
    console.error('unexpected', call.id, error instanceof Error ? error.message : typeof error)
    return refuse({ reason: 'internal', requestId: call.id })
  }

  // Of an answer that cannot be described there is a row all the same.
  const failed = (error: unknown): Ending => {
    console.error('answer not described', call.id, error instanceof Error ? error.name : '')
    return endWith({ reason: 'internal', requestId: call.id })
  }

  const run = async (): Promise<Answer> => {
    if (endpoint.refusal !== null && !isAllowed(endpoint, caller))
      return refuse({ reason: 'endpoint_refused', endpoint: endpoint.name, why: endpoint.refusal })
    const denied = await refuseAccess(asking, url.searchParams)
    if (denied) return refuse(denied)
    const key = await readKey(env, credential, caller, url)
    if (typeof key !== 'string') return refuse(key)

    const read = await readBody(request, endpoint, isLimited(asking))
    if (isRefusal(read)) return refuse(read)
    body = read

    // Before xAI hears of it; mostly by memory, else by one look at D1.
    const named = namedBy(asking, body)
    const strange = await refuseNamed(asking, named)
    if (strange) return refuse(strange)

    ownMs = Date.now() - call.atMs
    const opening = endpoint.socket ? whileOpening(request.signal) : null
    const outgoing = {
      url: `${settings.xaiOrigin}${endpoint.upstreamPath}${url.search}`,
      method: request.method,
      headers: upstreamHeaders(request.headers, key, endpoint, body.content !== null),
      body: body.content,
      refused: body.refused,
      timeoutMs: settings.upstreamTimeoutMs,
      gone: opening?.signal ?? request.signal,
    }
    const upstream = await forward(outgoing)
    if (isRefusal(upstream)) return refuse(upstream)
    secrets.push(key)
    upstreamRequestId = scrubber(secrets)(upstream.headers.get('x-request-id'))
    // Of a body too large to be held, it is known by now what it continues.
    const isHeld = body.content instanceof Uint8Array
    const late = isHeld ? null : await refuseNamed(asking, namedBy(asking, body))
    if (late) {
      void upstream.body?.cancel().catch(() => {})
      return refuse(late)
    }
    if (!isPresentable(upstream)) {
      void upstream.body?.cancel().catch(() => {})
      return refuse({ reason: 'upstream_invalid', status: upstream.status })
    }
    if (endpoint.socket && upstream.webSocket) {
      opening?.over()
      const { socket, ended } = connect({
        upstream: upstream.webSocket,
        kind: endpoint.socket,
        call,
        requestedModel: url.searchParams.get('model'),
        ownMs,
        upstreamRequestId,
        secrets,
        onTurn,
        guard: isLimited(asking) ? (text) => guardNamed(asking, text) : null,
      })
      const headers = socketHeaders(request.headers, upstream.headers, call.id)
      const response = new Response(null, { status: 101, webSocket: socket, headers })
      return { response, ended, soFar: () => null }
    }
    const answered = await answer({
      upstream,
      endpoint,
      body,
      gone: request.signal,
      call,
      ownMs,
      upstreamRequestId,
      keepsAlive:
        caller.settings.keepAlive && request.headers.get('x-metrion-keep-alive') !== 'off',
      gathersFor: isHurried(request, caller) ? null : settings.plan,
      secrets,
    })
    return (
      answered ?? refuse({ reason: request.signal.aborted ? 'caller_gone' : 'upstream_broke_off' })
    )
  }

  return {
    answer: run()
      .catch(unexpected)
      .then((answered) => (begun = { ...answered, ended: answered.ended.catch(failed) })),
    // Whom the Worker leaves without an answer, Cloudflare tells of an internal error.
    soFar: () => {
      if (begun) return begun.soFar()
      // Of a connection there is nothing to remember before its first turn.
      return endpoint.socket ? null : endWith({ reason: 'internal', requestId: call.id })
    },
  }
}

/** The runtime cannot pass on an answer with another status. */
const isPresentable = ({ status, webSocket }: Response): boolean =>
  (status >= 200 && status <= 599) || webSocket !== null

/** Whoever asks, or the account, wants every event as it comes. */
const isHurried = ({ headers }: Request, { settings }: Caller): boolean =>
  settings.lowLatency || headers.get('x-metrion-latency') === 'low'

/** The account has chosen to let it be. */
const isAllowed = ({ allowedBy }: MatchedEndpoint, { settings }: Caller): boolean =>
  allowedBy !== null && settings[allowedBy]
