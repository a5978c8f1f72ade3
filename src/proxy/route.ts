import { readSettings, type Background, type Env, type Settings } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { toWire } from '../wire-error.ts'
import { SealError } from '../seal/seal.ts'
import { openProviderKey } from '../keys/provider-key.ts'
import type { Outcome } from '../ledger/entry.ts'
import { recordEntry } from '../ledger/store.ts'
import { uuidv7 } from '../ledger/uuid.ts'
import { findCaller, type Caller } from '../callers/store.ts'
import { NO_BODY } from './body-patch.ts'
import { readBody, type OutgoingBody } from './body.ts'
import { answer, type Answer } from './answer.ts'
import { readCredential, type Credential } from './credential.ts'
import { matchEndpoint, type MatchedEndpoint } from './endpoints.ts'
import { forward } from './forward.ts'
import { upstreamHeaders } from './headers.ts'
import { callerGone, HangUp } from './hang-up.ts'
import { readLabel } from './label.ts'
import { NO_ANSWER, settle, type Call, type Ending } from './settle.ts'

/** One request to xAI, stage by stage; each may end it. From the account on, there is a row. */
export async function proxy(request: Request, env: Env, ctx: Background): Promise<Response> {
  const settings = readSettings(env)
  const atMs = Date.now()
  const url = new URL(request.url)

  const endpoint = matchEndpoint(request.method, url.pathname)
  if (isRefusal(endpoint)) return refusalResponse(endpoint)
  const credential = readCredential(request.headers)
  if (isRefusal(credential)) return refusalResponse(credential)
  const caller = await identify(env, ctx, credential)
  if (isRefusal(caller)) return refusalResponse(caller)

  const call: Call = {
    id: uuidv7(atMs),
    atMs,
    accountId: caller.accountId,
    tokenId: caller.tokenId,
    label: readLabel(request.headers.get('x-metrion-user')),
    endpoint: endpoint.name,
    mode: credential.mode,
    colo: typeof request.cf?.colo === 'string' ? request.cf.colo : null,
  }
  const served = serve({ request, url, env, settings, endpoint, credential, caller, call })
  // Before anything is awaited: a caller that hangs up cancels an invocation with nothing else to do.
  ctx.waitUntil(record(env, call, served))
  return (await served).response
}

async function record(env: Env, call: Call, served: Promise<Answer>): Promise<void> {
  const { ended } = await served
  await recordEntry(env, settle(call, await ended))
}

interface Serving {
  request: Request
  url: URL
  env: Env
  settings: Settings
  endpoint: MatchedEndpoint
  credential: Credential
  caller: Caller
  call: Call
}

/** The stages of a request whose caller is known. Whatever happens, it ends, once. */
async function serve(serving: Serving): Promise<Answer> {
  const { request, url, env, settings, endpoint, credential, caller, call } = serving
  let body: OutgoingBody | null = null
  let ownMs: number | null = null
  const refuse = (refusal: Refusal): Answer => {
    const { status, code, message } = toWire(refusal)
    const totalMs = Date.now() - call.atMs
    const ending: Ending = {
      ...NO_ANSWER,
      sent: body?.isSent() === true,
      billed: endpoint.meter !== null,
      facts: body?.facts() ?? NO_BODY,
      status,
      outcome: OUTCOMES[refusal.reason] ?? 'refused',
      ownMs: ownMs ?? totalMs,
      totalMs,
      errorCode: code,
      errorText: message,
    }
    const response = refusalResponse(refusal, { 'x-metrion-request-id': call.id })
    return { response, ended: Promise.resolve(ending) }
  }

  try {
    const key = await readKey(env, credential, caller, url)
    if (typeof key !== 'string') return refuse(key)

    const abort = new AbortController()
    const leave = (): void => abort.abort(callerGone())
    if (request.signal.aborted) leave()
    request.signal.addEventListener('abort', leave)
    const read = await readBody(request, endpoint, abort)
    if (isRefusal(read)) return refuse(read)
    body = read

    ownMs = Date.now() - call.atMs
    const outgoing = {
      url: `${settings.xaiOrigin}${endpoint.upstreamPath}${url.search}`,
      method: request.method,
      headers: upstreamHeaders(request.headers, key),
      body: body.content,
      timeoutMs: settings.upstreamTimeoutMs,
    }
    const upstream = await forward(outgoing, abort)
    if (isRefusal(upstream)) return refuse(upstream)
    body.stopMinding()
    if (!isPresentable(upstream)) {
      const invalid: Refusal = { reason: 'upstream_invalid', status: upstream.status }
      abort.abort(new HangUp(invalid))
      return refuse(invalid)
    }
    return answer({
      upstream,
      endpoint,
      body,
      abort,
      call,
      ownMs,
      keepsAlive: caller.keepAlive && request.headers.get('x-metrion-keep-alive') !== 'off',
      secrets: [key, credential.token],
    })
  } catch (error) {
    console.error('unexpected', call.id, error instanceof Error ? error.message : typeof error)
    return refuse({ reason: 'internal', requestId: call.id })
  }
}

/** The runtime cannot pass on an answer with another status. */
const isPresentable = ({ status }: Response): boolean => status >= 200 && status <= 599

const OUTCOMES: Partial<Record<Refusal['reason'], Outcome>> = {
  caller_gone: 'client_gone',
  upstream_unreachable: 'upstream_unreachable',
  upstream_timeout: 'upstream_timeout',
  upstream_broke_off: 'upstream_cut',
  upstream_invalid: 'upstream_cut',
}

async function identify(
  env: Env,
  ctx: Background,
  credential: Credential,
): Promise<Caller | Refusal> {
  try {
    const caller = await findCaller(env, ctx, credential.token, credential.mode === 'stored')
    return caller ?? { reason: 'token_unknown' }
  } catch (error) {
    console.error('caller not found', String(error))
    return { reason: 'accounts_unavailable' }
  }
}

async function readKey(
  env: Env,
  credential: Credential,
  caller: Caller,
  url: URL,
): Promise<string | Refusal> {
  if (credential.mode === 'pass-through') return credential.key
  if (caller.sealedKey === null) {
    return { reason: 'provider_key_missing', integrateUrl: `${url.origin}/integrate` }
  }
  try {
    return await openProviderKey(env, caller.accountId, caller.sealedKey)
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    console.error('stored key not opened', caller.accountId, error.message)
    return { reason: 'master_key_wrong', problem: error.message }
  }
}
