import { findCaller, type Caller } from '../credentials/callers/store.ts'
import { readSettings, type Background, type Env } from '../env.ts'
import { refusalResponse, unexpectedResponse } from '../http/refusal-response.ts'
import { isRefusal, type Refusal } from '../http/refusals.ts'
import { isAllowedAnywhere } from '../credentials/callers/origins-store.ts'
import { uuidv7 } from '../http/uuid.ts'
import {
  answerPreflight,
  callingOrigin,
  isAllowedBy,
  isPreflight,
  refuseOrigin,
  shareWith,
} from './cors.ts'
import { readCredential, secretsOf, type Credential } from './credential.ts'
import { Exchange } from './exchange.ts'
import { traceContextOf } from '../http/traceparent.ts'
import { readMetadata } from './metadata.ts'
import { dialectOf, matchEndpoint, NOT_SERVED, type MatchedEndpoint } from '../xai/match.ts'
import { record, recordObjects } from './record.ts'
import { runStages } from './stages.ts'

/** A calling web page. */
interface WebPage {
  origin: string
  /** By the account of its token; null: it sent no known token. */
  isAllowed: boolean | null
}

/** Answers one request to xAI, or a web page's preflight. */
export async function proxy(
  request: Request,
  url: URL,
  env: Env,
  ctx: Background,
): Promise<Response> {
  const origin = callingOrigin(request.headers, url)
  if (origin === null) return serve(request, url, env, ctx, null)
  if (isPreflight(request)) {
    const answered = await answerPreflight(env, request, origin, url)
    return isRefusal(answered) ? refusalResponse(answered, {}, dialectOf(url.pathname)) : answered
  }
  // The caller's account decides. If the request is refused before its caller is known, one account that
  // allows the origin is enough.
  const page: WebPage = { origin, isAllowed: null }
  const response = await serve(request, url, env, ctx, page).catch((error: unknown) =>
    unexpectedResponse(asError(error), url.pathname, dialectOf(url.pathname)),
  )
  const isAllowed = page.isAllowed ?? (await isAllowedAnywhere(env, origin)) === true
  return isAllowed ? shareWith(request.headers, response) : response
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(typeof error)

/** Endpoint, credential, caller. Once the caller is known there is a row, and the other stages follow. */
async function serve(
  request: Request,
  url: URL,
  env: Env,
  ctx: Background,
  page: WebPage | null,
): Promise<Response> {
  const atMs = Date.now()
  const refuse = (refusal: Refusal, headers: Record<string, string> = {}): Response =>
    refusalResponse(refusal, headers, dialectOf(url.pathname))

  const isSocket = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  const matched = matchEndpoint(request.method, url, isSocket)
  const notServed = isRefusal(matched) ? matched : null
  const credential = readCredential(request.headers)
  if (isRefusal(credential)) return refuse(notServed ?? credential)
  const caller = await identify(env, ctx, credential, notServed === null)
  if (isRefusal(caller)) return refuse(notServed ?? caller)
  if (page) page.isAllowed = isAllowedBy(caller, page.origin)

  const exchange = begin(request, credential, caller, matched, atMs)
  const settings = readSettings(env)
  // Before awaiting anything: if the caller hangs up, the runtime cancels an invocation that has nothing else
  // to do.
  ctx.waitUntil(record(env, settings, exchange))
  const answer = async (): Promise<Response | Refusal> => {
    if (isRefusal(matched)) return matched
    if (page?.isAllowed === false) return refuseOrigin(page.origin, url)
    const about = { request, url, env, ctx, settings, endpoint: matched, credential, caller }
    ctx.waitUntil(recordObjects({ ...about, exchange }))
    return runStages({ ...about, exchange })
  }
  const answered = await answer().catch((error: unknown): Refusal => {
    console.error('unexpected', exchange.call.id, asError(error).message)
    return { reason: 'internal', requestId: exchange.call.id }
  })
  if (!isRefusal(answered)) return answered
  exchange.end(answered)
  return refuse(answered, { 'x-metrion-request-id': exchange.call.id })
}

/** The exchange of a request whose caller is known. */
function begin(
  { headers, cf }: Request,
  credential: Credential,
  { accountId, tokenId, settings }: Caller,
  matched: MatchedEndpoint | Refusal,
  atMs: number,
): Exchange {
  const secrets = secretsOf(credential)
  const call = {
    id: uuidv7(atMs),
    atMs,
    accountId,
    tokenId,
    ...readMetadata(headers, secrets),
    endpoint: endpointOf(matched),
    mode: credential.mode,
    colo: typeof cf?.colo === 'string' ? cf.colo : null,
    traceContext: settings.traces ? traceContextOf(headers.get('traceparent')) : null,
  }
  const billed = !isRefusal(matched) && matched.meter !== null
  const isConnection = !isRefusal(matched) && matched.socket !== null
  return new Exchange({ call, secrets, billed, isConnection })
}

/** The endpoint's name in the row. */
function endpointOf(matched: MatchedEndpoint | Refusal): string {
  if (!isRefusal(matched)) return matched.name
  return matched.reason === 'method_not_allowed' ? matched.endpoint : NOT_SERVED
}

async function identify(
  env: Env,
  ctx: Background,
  credential: Credential,
  isServed: boolean,
): Promise<Caller | Refusal> {
  try {
    const needsKey = isServed && credential.mode === 'stored'
    const caller = await findCaller(env, ctx, credential.token, needsKey)
    return caller ?? { reason: 'token_unknown' }
  } catch (error) {
    console.error('caller not found', String(error))
    return { reason: 'accounts_unavailable' }
  }
}
