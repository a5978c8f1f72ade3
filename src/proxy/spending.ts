import { isRefusal, type Refusal } from '../http/refusals.ts'
import { plainModel } from '../pricing/prices.ts'
import { NO_BODY, type BodyFacts } from '../xai/body-facts.ts'
import type { MatchedEndpoint } from '../xai/match.ts'
import { NOTHING, countedOf } from '../spend/amounts.ts'
import { foresee, type Estimate } from '../spend/expected.ts'
import { admit, isCapped } from '../spend/lease/store.ts'
import type { Reservation } from '../spend/lease/reservation-store.ts'
import { settle } from '../settlement/settle.ts'
import type { OutgoingBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import type { ProxyRequest } from './request.ts'

/** Tokens pass in these answers. Others are priced by the unit, or are a start of work that is billed later. */
const isText = ({ unitsOf, isBinary, isJson, models, starts }: MatchedEndpoint): boolean =>
  isJson && models === 'one' && unitsOf === null && !isBinary && starts !== 'video'

/** A fetched result was paid for when its work began. */
const isBilled = ({ meter, asksAfterJob, socket }: MatchedEndpoint): boolean =>
  socket !== null || (meter !== null && !asksAfterJob)

/** Reserves what the request is expected to use of the budgets that apply; a refusal: there is not as much left. */
export async function reserve(proxied: ProxyRequest, body: OutgoingBody): Promise<Refusal | null> {
  const { endpoint, exchange, caller } = proxied
  if (!isCapped(caller)) return null
  // A connection whose turns are counted one by one only has to find something left.
  const hasTurns = endpoint.socket?.turns != null
  const facts = body.facts()
  const model = facts.requestedModel ?? proxied.url.searchParams.get('model')
  const foreseen = () =>
    hasTurns || !isBilled(endpoint)
      ? {
          isExact: true,
          expected: { ...NOTHING, requests: hasTurns ? 0 : 1 },
          worst: NOTHING,
          stopping: null,
        }
      : foreseeRequest(endpoint, facts, exchange.call.atMs)
  const reserved = await admitCall(proxied, {
    exchange,
    model,
    isBilled: isBilled(endpoint),
    foreseen,
    isRated: !hasTurns,
    hasTurns,
  })
  if (reserved === null || isRefusal(reserved)) return reserved
  if (hasTurns) reserved.release()
  else exchange.reserves(reserved)
  return null
}

function foreseeRequest(endpoint: MatchedEndpoint, facts: BodyFacts, atMs: number) {
  const units = endpoint.unitsOf?.(facts) ?? null
  return foresee({ facts, units, isText: isText(endpoint), isStream: facts.stream }, atMs)
}

interface Calling {
  exchange: Exchange
  model: string | null
  isBilled: boolean
  foreseen: () => Estimate
  isRated: boolean
  hasTurns: boolean
}

function admitCall(
  { env, ctx, caller }: ProxyRequest,
  { exchange, model, isBilled: billed, foreseen, isRated, hasTurns }: Calling,
): Promise<Reservation | Refusal | null> {
  const { tokenId, label, endpoint } = exchange.call
  return admit({
    env,
    ctx,
    caller,
    asked: {
      tokenId,
      requester: label ?? '',
      model: model === null ? '' : plainModel(model),
      // A connection is no request like those that are counted.
      endpoint: hasTurns ? `${endpoint} connection` : endpoint,
      atMs: Date.now(),
      isBilled: billed,
    },
    foreseen,
    isRated,
  })
}

/** The same for one turn of a WebSocket. Null: nothing applies. */
export function reserveTurn(
  proxied: ProxyRequest,
  model: string | null,
  text: Pick<BodyFacts, 'textBytes' | 'isAllText'>,
): Promise<Reservation | Refusal | null> {
  const { exchange } = proxied
  const facts = { ...NO_BODY, ...text, requestedModel: model, stream: true }
  const foreseen = () =>
    foresee({ facts, units: null, isText: true, isStream: true }, exchange.call.atMs)
  return admitCall(proxied, {
    exchange,
    model,
    isBilled: true,
    foreseen,
    isRated: true,
    hasTurns: false,
  })
}

const LOOK_MS = 200

/**
 * Looks at what a running answer has used, and reserves more of its budgets when it has used what was reserved.
 * Returns a function to be called as the answer passes; null: no budget applies.
 */
export function watchSpend(
  exchange: Exchange,
  onRefused: (refusal: Refusal) => void,
): (() => void) | null {
  const { reservation } = exchange
  if (!reservation?.isHeld) return null
  let lookedMs = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  const look = (): void => {
    lookedMs = Date.now()
    const standing = exchange.snapshot()
    // Whole: what it cost is known, and stopping would save nothing.
    if (standing === null || standing.usage.finished) return
    reservation.uses({ ...countedOf(settle(exchange.call, standing)), requests: 1 }, onRefused)
  }
  void exchange.ended.then(() => timer !== null && clearTimeout(timer))
  return () => {
    const sinceMs = Date.now() - lookedMs
    if (sinceMs >= LOOK_MS) return look()
    // What has come since the last look is looked at soon, also if nothing follows it.
    timer ??= setTimeout(() => {
      timer = null
      look()
    }, LOOK_MS - sinceMs)
  }
}

/** The state of the token's rate limits after this request, for the answer. xAI's own are left as they are. */
export function rateHeaders({ reservation }: Exchange): [name: string, value: string][] {
  return (reservation?.states ?? []).flatMap(({ kind, limit, remaining, resetMs }) => [
    [`x-metrion-ratelimit-limit-${RATE_NAMES[kind]}`, String(limit)],
    [`x-metrion-ratelimit-remaining-${RATE_NAMES[kind]}`, String(remaining)],
    [`x-metrion-ratelimit-reset-${RATE_NAMES[kind]}`, String(Math.ceil(resetMs / 1_000))],
  ])
}

const RATE_NAMES = {
  requestsPerMinute: 'requests',
  tokensPerMinute: 'tokens',
  concurrent: 'concurrent',
} as const

const FOLLOW_MS = 1_000

/** The same for an answer that nothing stops: new requests are admitted by what it has used so far. */
export function followSpend(exchange: Exchange): void {
  const look = watchSpend(exchange, () => {})
  if (!look) return
  const timer = setInterval(look, FOLLOW_MS)
  void exchange.ended.then(() => clearInterval(timer))
}
