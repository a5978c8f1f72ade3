import { readSettings, type Background, type Env } from '../env.ts'
import { refusalResponse, unexpectedResponse } from '../error-response.ts'
import { isRefusal, type Refusal } from '../errors.ts'
import { recordEntries, type Outgoing } from '../ledger/sinks/store.ts'
import { uuidv7 } from '../ledger/uuid.ts'
import { isAllowedAnywhere } from '../callers/origins.ts'
import { findCaller, type Caller } from '../callers/store.ts'
import { noteObjects, rememberMaker, type Made } from '../objects/store.ts'
import { forgetDeleted, madeBy, type Asking } from './access.ts'
import {
  answerPreflight,
  callingOrigin,
  isAllowedBy,
  isPreflight,
  refuseOrigin,
  shareWith,
} from './cors.ts'
import { readCredential, secretsOf, type Credential } from './credential.ts'
import { dialectOf, matchEndpoint, NOT_SERVED, type MatchedEndpoint } from './match.ts'
import { readLabel } from './label.ts'
import { oneByOne, record, type Ongoing, type Writing } from './record.ts'
import { serve } from './serve.ts'
import { refusalEnding, type Call, type Ending } from './ending.ts'
import { TurnBatches } from './socket/turns.ts'

/** One request to xAI, or the question of a web page whether it may make one. */
export async function proxy(
  request: Request,
  url: URL,
  env: Env,
  ctx: Background,
): Promise<Response> {
  const origin = callingOrigin(request.headers, url)
  if (origin === null) return serveRequest(request, url, env, ctx, null)
  if (isPreflight(request)) {
    const answered = await answerPreflight(env, request, origin, url)
    return isRefusal(answered) ? refusalResponse(answered, {}, dialectOf(url.pathname)) : answered
  }
  // What an account allows is known with its caller; what is refused before that, any account's will do.
  const page: WebPage = { origin, isAllowed: null }
  const response = await serveRequest(request, url, env, ctx, page).catch((error: unknown) =>
    unexpectedResponse(asError(error), url.pathname, dialectOf(url.pathname)),
  )
  const isAllowed = page.isAllowed ?? (await isAllowedAnywhere(env, origin)) === true
  return isAllowed ? shareWith(request.headers, response) : response
}

/** A web page that calls. */
interface WebPage {
  origin: string
  /** By the account whose token it sends; null: it has sent none that is known. */
  isAllowed: boolean | null
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(typeof error)

/** Stage by stage; each may end it. From the account on, there is a row. */
async function serveRequest(
  request: Request,
  url: URL,
  env: Env,
  ctx: Background,
  page: WebPage | null,
): Promise<Response> {
  const settings = readSettings(env)
  const atMs = Date.now()
  const refuse = (refusal: Refusal, headers: Record<string, string> = {}): Response =>
    refusalResponse(refusal, headers, dialectOf(url.pathname))

  const isSocket = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  const endpoint = matchEndpoint(request.method, url, isSocket)
  const isServed = !isRefusal(endpoint)
  const credential = readCredential(request.headers)
  if (isRefusal(credential)) return refuse(isServed ? credential : endpoint)
  const caller = await identify(env, ctx, credential, isServed)
  if (isRefusal(caller)) return refuse(isServed ? caller : endpoint)

  if (page) page.isAllowed = isAllowedBy(caller, page.origin)
  const call: Call = {
    id: uuidv7(atMs),
    atMs,
    accountId: caller.accountId,
    tokenId: caller.tokenId,
    label: readLabel(request.headers.get('x-metrion-user'), secretsOf(credential)),
    endpoint: endpointOf(endpoint),
    mode: credential.mode,
    colo: typeof request.cf?.colo === 'string' ? request.cf.colo : null,
  }
  const remember = (one: Call, ongoing: Ongoing, writing: Writing = oneByOne(env)): void =>
    ctx.waitUntil(record(env, settings, one, ongoing, writing))
  const refuseWithRow = (refusal: Refusal): Response => {
    const ended = Promise.resolve(refusalEnding(call, refusal))
    remember(call, { ended, soFar: () => null })
    return refuse(refusal, { 'x-metrion-request-id': call.id })
  }
  if (!isServed) return refuseWithRow(endpoint)
  if (page?.isAllowed === false) return refuseWithRow(refuseOrigin(page.origin, url))

  let turns: TurnBatches | null = null
  const prompts: Writing['prompts'] = new Map()
  const asking: Asking = { env, endpoint, credential, caller, method: request.method }
  /** Of turns, which are written with their rows: a connection has few queries. */
  let made: Made[] = []
  const writeTurns = async (rows: readonly Outgoing[]): Promise<void> => {
    const notes = made
    made = []
    await Promise.all([recordEntries(env, rows), noteObjects(env, notes)])
  }
  const rememberTurn = (one: Call, ongoing: Ongoing): void => {
    const batches = (turns ??= new TurnBatches(settings.plan, writeTurns))
    const noted = ongoing.ended.then((ending) => {
      const note = ending && madeBy(asking, ending)
      if (!note) return ending
      rememberMaker(note)
      made.push(note)
      return ending
    })
    const write: Writing['write'] = (row) => batches.add(row)
    const writing = { write, mayMark: () => batches.mayMark, prompts }
    remember(one, { ...ongoing, ended: noted }, writing)
  }
  const served = serve({
    request,
    url,
    env,
    settings,
    endpoint,
    credential,
    caller,
    call,
    onTurn: rememberTurn,
  })
  // Before anything is awaited: a caller that hangs up cancels an invocation with nothing else to do.
  const { answer, soFar } = served
  const ended = answer.then(async (begun) => begun.ended.finally(() => turns?.close()))
  remember(call, { ended, soFar })
  ctx.waitUntil(ended.then((ending) => ending && noteEnding(asking, ending)))
  return (await answer).response
}

/** What has been made or deleted at xAI. */
async function noteEnding(asking: Asking, ending: Ending): Promise<void> {
  const made = madeBy(asking, ending)
  if (made) await noteObjects(asking.env, [made])
  await forgetDeleted(asking, ending)
}

/** As a row names it. */
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
