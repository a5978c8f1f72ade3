import { readSettings, type Background, type Env } from '../env.ts'
import { isRefusal, refusalResponse, toWire, type Refusal } from '../errors.ts'
import { SealError } from '../seal/seal.ts'
import { openProviderKey } from '../keys/store.ts'
import type { Outcome } from '../ledger/entry.ts'
import { recordEntry } from '../ledger/store.ts'
import { uuidv7 } from '../ledger/uuid.ts'
import { findCaller, type Caller } from '../tokens/store.ts'
import { NO_BODY } from './body-patch.ts'
import { readBody, type OutgoingBody } from './body.ts'
import { answer } from './answer.ts'
import { readCredential, type Credential } from './credential.ts'
import { matchEndpoint } from './endpoints.ts'
import { forward } from './forward.ts'
import { upstreamHeaders } from './headers.ts'
import { callerGone } from './hang-up.ts'
import { readLabel } from './label.ts'
import { NOTHING_SENT, settle, type Call, type Ending } from './settle.ts'

/** One request to xAI, stage by stage; each may end it. From the account on, there is a row. */
export async function proxy(request: Request, env: Env, ctx: Background): Promise<Response> {
  const settings = readSettings(env)
  const atMs = Date.now()
  const id = uuidv7(atMs)
  const url = new URL(request.url)

  const endpoint = matchEndpoint(request.method, url.pathname)
  if (isRefusal(endpoint)) return refusalResponse(endpoint)
  const credential = readCredential(request.headers)
  if (isRefusal(credential)) return refusalResponse(credential)
  const caller = await identify(env, ctx, credential)
  if (isRefusal(caller)) return refusalResponse(caller)

  const call: Call = {
    id,
    atMs,
    accountId: caller.accountId,
    tokenId: caller.tokenId,
    label: readLabel(request.headers.get('x-metrion-user')),
    endpoint: endpoint.name,
    mode: credential.mode,
    colo: typeof request.cf?.colo === 'string' ? request.cf.colo : null,
  }
  const record = (ending: Ending): Promise<void> => recordEntry(env, settle(call, ending))
  const recordRefusal = (refusal: Refusal, body: OutgoingBody | null, ownMs: number): Response => {
    const { status, code, message } = toWire(refusal)
    const ending: Ending = {
      ...NOTHING_SENT,
      sent: body !== null && body.failure() === null,
      billed: endpoint.meter !== null,
      facts: body?.facts() ?? NO_BODY,
      status,
      outcome: OUTCOMES[refusal.reason] ?? 'refused',
      ownMs,
      totalMs: Date.now() - atMs,
      errorCode: code,
      errorText: message,
    }
    ctx.waitUntil(record(ending))
    return refusalResponse(refusal, { 'x-metrion-request-id': id })
  }

  const key = await readKey(env, credential, caller, url)
  if (typeof key !== 'string') return recordRefusal(key, null, Date.now() - atMs)

  const abort = new AbortController()
  request.signal.addEventListener('abort', () => abort.abort(callerGone()))
  const body = await readBody(request, endpoint, abort)
  if (isRefusal(body)) return recordRefusal(body, null, Date.now() - atMs)

  const ownMs = Date.now() - atMs
  const upstream = await forward(
    {
      url: `${settings.xaiOrigin}${endpoint.upstreamPath}${url.search}`,
      method: request.method,
      headers: upstreamHeaders(request.headers, key),
      body: body.content,
      timeoutMs: settings.upstreamTimeoutMs,
    },
    abort,
  )
  if (isRefusal(upstream)) return recordRefusal(upstream, body, ownMs)
  const secrets = [key, credential.token]
  const { response, ended } = answer({ upstream, endpoint, body, abort, call, ownMs, secrets })
  ctx.waitUntil(ended.then(record))
  return response
}

const OUTCOMES: Partial<Record<Refusal['reason'], Outcome>> = {
  caller_gone: 'client_gone',
  upstream_unreachable: 'upstream_unreachable',
  upstream_timeout: 'upstream_timeout',
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
