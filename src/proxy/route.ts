import { readSettings, type Background, type Env } from '../env.ts'
import { refusalResponse } from '../error-response.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { uuidv7 } from '../ledger/uuid.ts'
import { findCaller, type Caller } from '../callers/store.ts'
import { readCredential, type Credential } from './credential.ts'
import { matchEndpoint } from './match.ts'
import { readLabel } from './label.ts'
import { record, type Ongoing } from './record.ts'
import { serve } from './serve.ts'
import type { Call } from './settle.ts'

/** One request to xAI, stage by stage; each may end it. From the account on, there is a row. */
export async function proxy(
  request: Request,
  url: URL,
  env: Env,
  ctx: Background,
): Promise<Response> {
  const settings = readSettings(env)
  const atMs = Date.now()

  const isSocket = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  const endpoint = matchEndpoint(request.method, url.pathname, isSocket)
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
  const remember = (one: Call, ongoing: Ongoing): void =>
    ctx.waitUntil(record(env, settings, one, ongoing))
  const served = serve({
    request,
    url,
    env,
    settings,
    endpoint,
    credential,
    caller,
    call,
    onTurn: remember,
  })
  // Before anything is awaited: a caller that hangs up cancels an invocation with nothing else to do.
  const { answer, soFar } = served
  remember(call, { ended: answer.then(({ ended }) => ended), soFar })
  return (await answer).response
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
