import type { Plan } from '../env.ts'
import type { Outcome } from '../ledger/outcomes.ts'
import { namedMeter } from '../metering/media.ts'
import { EventTap } from '../metering/event-tap.ts'
import { PlainTap } from '../metering/plain-tap.ts'
import type { Meter } from '../metering/usage.ts'
import { ResultsTap } from '../metering/results-tap.ts'
import type { Tap } from '../metering/tap.ts'
import type { OutgoingBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import type { MatchedEndpoint } from './match.ts'
import { callerHeaders } from './headers.ts'
import type { BodyEnd } from './relay/end.ts'
import { relay } from './relay/relay.ts'
import { withoutSecretsOf } from './facts.ts'
import { modelName, scrubber } from './scrub.ts'
import type { Call, Ending } from './ending.ts'

export interface Answering {
  upstream: Response
  endpoint: MatchedEndpoint
  body: OutgoingBody
  gone: AbortSignal
  call: Call
  ownMs: number
  /** Neither the account nor the caller has turned comments off. */
  keepsAlive: boolean
  /** Events may gather for the plan; null: the account or the caller wants each at once. */
  gathersFor: Plan | null
  /** xAI's, fit to be kept. */
  upstreamRequestId: string | null
  /** What must not be repeated in a row, whoever says it. */
  secrets: readonly string[]
}

// What a server sends at once, without waiting to hear that anything has come (RFC 6928): to gather it
// delays nothing, and spares a turn of ours for every step of a stream.
const ONE_FLIGHT_BYTES = 14_600
const NOT_METERED: Meter = (seen) => seen

/** The caller's answer, and what it will have been once its last byte has passed. */
export interface Answer {
  response: Response
  /** Null: a connection, whose turns are remembered one by one. */
  ended: Promise<Ending | null>
  /** What is known while it is under way. */
  soFar: () => Ending | null
}

/** Null: xAI broke off before there was anything of it to pass on. */
export async function answer(answering: Answering): Promise<Answer | null> {
  const { upstream, endpoint, body, gone, call, ownMs } = answering
  const headersMs = Date.now() - call.atMs
  const headers = callerHeaders(upstream.headers, call.id)
  headers['server-timing'] = `metrion;dur=${ownMs}, xai;dur=${headersMs - ownMs}`

  const type = upstream.headers.get('content-type') ?? ''
  const streamed = /^text\/event-stream\b/i.test(type)
  const hides = streamed && !body.facts().asksForUsage ? endpoint.hiddenUsage : null
  const { members, varying } = endpoint
  const meter = endpoint.meter ?? (endpoint.makes === null ? null : namedMeter)
  const options = { meter: meter ?? NOT_METERED, members, varying, hides }
  const isRead = meter !== null && !(endpoint.isBinary && !/\bjson\b/i.test(type))
  const tap = streamed
    ? new EventTap(options)
    : endpoint.hasResults
      ? new ResultsTap(options)
      : new PlainTap(options, isRead)

  let firstByteMs: number | null = null
  const finish = (end: BodyEnd): Ending => describe(answering, tap, end, streamed, firstByteMs)
  const soFar = (): Ending => finish('upstream_cut')
  const init = { status: upstream.status, headers }
  // Described behind the answer: what fails there must not take it along.
  const atOnce = (content: Uint8Array | null): Answer => ({
    response: new Response(content, init),
    ended: Promise.resolve<BodyEnd>('whole').then(finish),
    soFar,
  })
  const lengthBytes = streamed ? null : knownLength(upstream.headers)
  const onFirstByte = (): void => void (firstByteMs = Date.now() - call.atMs)
  // What xAI refuses keeps its status, even where it breaks off.
  if (upstream.ok && isRead && lengthBytes && lengthBytes <= ONE_FLIGHT_BYTES) {
    const gathered = await upstream.arrayBuffer().catch(() => null)
    if (gathered === null) return null
    const bytes = new Uint8Array(gathered)
    onFirstByte()
    tap.push(bytes)
    tap.end()
    return atOnce(bytes)
  }
  const passing = upstream.body
  if (passing === null) return atOnce(null)
  const { body: content, ended } = relay(passing, tap, {
    lengthBytes,
    gone,
    keepsAlive: streamed && answering.keepsAlive,
    gathersFor: streamed ? answering.gathersFor : null,
    showsAll: streamed && hides === null,
    onFirstByte,
  })
  return { response: new Response(content, init), ended: ended.then(finish), soFar }
}

function knownLength(headers: Headers): number | null {
  // The runtime unpacks what is packed, so that its length is not the one we send.
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return null
  const length = headers.get('content-length')
  if (length === null || !/^\d+$/.test(length)) return null
  return Number.isSafeInteger(Number(length)) ? Number(length) : null
}

/** What came is something else than the endpoint answers: a page of HTML, say, with a 200. */
function isOtherKind({ upstream, endpoint }: Answering, tap: Tap, end: BodyEnd): boolean {
  if (upstream.status === 202) return false
  const type = upstream.headers.get('content-type') ?? ''
  // Sound is told by its type alone; what can be read says what it is.
  if (endpoint.isBinary && /^text\/(?!event-stream\b)/i.test(type)) return true
  return tap.isForeign(end === 'whole')
}

function describe(
  answering: Answering,
  tap: Tap,
  end: BodyEnd,
  streamed: boolean,
  firstByteMs: number | null,
): Ending {
  const { upstream, upstreamRequestId, endpoint, body, call, ownMs, secrets } = answering
  // Everything that xAI says may repeat what it was told.
  const clean = scrubber(secrets)
  // Sound says no more of itself than that it has ended; what is still to come says nothing at all.
  const saysNothing = endpoint.isBinary || upstream.status === 202
  const usage = saysNothing && end === 'whole' ? { ...tap.usage, finished: true } : tap.usage
  const failed = upstream.status >= 300
  // An error beside content ends an answer; alone it is none.
  const refusedByXai = failed || (!streamed && usage.error !== null && !usage.isAnswer)
  const isForeign =
    endpoint.meter !== null && !failed && !tap.broken && isOtherKind(answering, tap, end)
  const text = usage.error?.text ?? (failed ? tap.head : null)
  const facts = body.facts()
  const { startedWork } = usage
  const responseId = clean(usage.responseId)
  return {
    status: upstream.status,
    outcome: outcomeOf(
      end,
      refusedByXai,
      endpoint,
      // Of an empty answer something is missing.
      usage.finished || tap.broken || (isForeign && firstByteMs !== null),
      usage.error !== null,
    ),
    sent: true,
    refusedByXai,
    isForeign,
    billed: endpoint.meter !== null,
    facts: withoutSecretsOf(facts, secrets),
    usage: {
      ...usage,
      model: usage.model === null ? null : modelName(usage.model, secrets),
      responseId,
    },
    pieces: endpoint.piecesOf?.(facts) ?? null,
    starts: endpoint.starts,
    made: failed || endpoint.makes === null ? null : (startedWork ?? nameOf(endpoint, responseId)),
    workId: endpoint.asksAfterWork ? endpoint.id : null,
    repeatsAnswer: endpoint.repeatsAnswer,
    isHandedOutOnce: endpoint.isHandedOutOnce,
    unmetered: tap.broken,
    streamed,
    ownMs,
    firstByteMs,
    totalMs: Date.now() - call.atMs,
    errorCode: clean(usage.error?.code ?? (failed ? `http_${upstream.status}` : null)),
    errorText: clean(text),
    upstreamRequestId,
  }
}

/** What an answer is called under which it can be asked for; a chat's cannot. */
const nameOf = ({ makes }: Endpoint, responseId: string | null): string | null =>
  makes === 'work' ? null : responseId

function outcomeOf(
  end: BodyEnd,
  refused: boolean,
  endpoint: Endpoint,
  isWhole: boolean,
  isError: boolean,
): Outcome {
  if (end === 'client_gone') return 'client_gone'
  if (refused) return 'upstream_refused'
  if (isError) return 'upstream_error'
  if (end === 'upstream_cut') return 'upstream_cut'
  // What ends in silence, before it has said that it is whole, was cut by somebody.
  return isWhole || endpoint.meter === null ? 'complete' : 'upstream_cut'
}
