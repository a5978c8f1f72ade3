import { toWire } from '../http/messages.ts'
import type { Refusal } from '../http/refusals.ts'
import type { Outcome } from '../ledger/outcomes.ts'
import { namedMeter } from '../xai/meters/media.ts'
import { EventTap } from '../metering/event-tap.ts'
import { PlainTap } from '../metering/plain-tap.ts'
import { ResultsTap } from '../metering/results-tap.ts'
import type { Tap } from '../metering/tap.ts'
import type { Meter, Usage } from '../metering/usage.ts'
import type { BodyFacts } from '../xai/body-facts.ts'
import type { Endpoint } from '../xai/endpoint.ts'
import type { AnswerSoFar } from './exchange.ts'
import type { MatchedEndpoint } from '../xai/match.ts'
import type { BodyEnd } from './relay/end.ts'

interface ReadingOptions {
  upstream: Response
  endpoint: MatchedEndpoint
  facts: () => BodyFacts
}

const NOT_METERED: Meter = (seen) => seen

/** Reads an answer of xAI while it passes, and describes it. */
export class Reading {
  readonly tap: Tap
  readonly streamed: boolean
  /** Something in the answer is read: its usage, or only the id of an object. */
  readonly isRead: boolean
  /** Events that the caller has not asked for are held back. */
  readonly hidesEvents: boolean
  /** The end of the body; until it has ended, it counts as cut. */
  end: BodyEnd = 'upstream_cut'
  /** Why Metrion has stopped the answer; null: it has not. */
  stoppedBy: Refusal | null = null
  private readonly about: ReadingOptions
  private readonly type: string
  private hasPassed = false

  constructor(about: ReadingOptions) {
    const { endpoint } = about
    this.about = about
    this.type = about.upstream.headers.get('content-type') ?? ''
    this.streamed = /^text\/event-stream\b/i.test(this.type)
    const hides = this.streamed && !about.facts().asksForUsage ? endpoint.hiddenUsage : null
    this.hidesEvents = hides !== null
    const meter = endpoint.meter ?? (endpoint.makes === null ? null : namedMeter)
    this.isRead = meter !== null && !(endpoint.isBinary && !/\bjson\b/i.test(this.type))
    const { members, varying } = endpoint
    const options = { meter: meter ?? NOT_METERED, members, varying, hides }
    this.tap = this.streamed
      ? new EventTap(options)
      : endpoint.hasResults
        ? new ResultsTap(options)
        : new PlainTap(options, this.isRead)
  }

  passedFirst(): void {
    this.hasPassed = true
  }

  soFar(): AnswerSoFar {
    const { upstream, endpoint, facts } = this.about
    const { tap, streamed } = this
    const { status } = upstream
    const usage = this.usage()
    const failed = status >= 300
    const isForeign = !failed && this.isForeign()
    // An error after content ends an answer; an error alone is a rejection.
    const refusedByXai = failed || (!streamed && usage.error !== null && !usage.isAnswer)
    // An empty answer is not whole.
    const isWhole = usage.finished || tap.broken || (isForeign && this.hasPassed)
    return {
      status,
      outcome: this.outcome(refusedByXai, isWhole, usage),
      refusedByXai,
      isForeign,
      usage,
      units: endpoint.unitsOf?.(facts()) ?? null,
      starts: endpoint.starts,
      createdId: failed ? null : createdIdOf(endpoint, usage),
      jobId: endpoint.asksAfterJob ? endpoint.id : null,
      repeatsAnswer: endpoint.repeatsAnswer,
      isHandedOutOnce: endpoint.isHandedOutOnce,
      unmetered: tap.broken,
      streamed,
      ...this.error(usage, failed),
    }
  }

  private error(usage: Usage, failed: boolean): Pick<AnswerSoFar, 'errorCode' | 'errorText'> {
    if (this.stoppedBy) {
      const { code, message } = toWire(this.stoppedBy)
      return { errorCode: code, errorText: message }
    }
    const { tap } = this
    const { status } = this.about.upstream
    return {
      errorCode: usage.error?.code ?? (failed ? `http_${status}` : null),
      errorText: usage.error?.text ?? (failed ? tap.head : null),
    }
  }

  private usage(): Usage {
    const { upstream, endpoint } = this.about
    const { usage } = this.tap
    // Audio reports nothing but its end, and a 202 (not ready yet) reports nothing at all.
    const saysNothing = endpoint.isBinary || upstream.status === 202
    return saysNothing && this.end === 'whole' ? { ...usage, finished: true } : usage
  }

  /** The answer is not one of this endpoint's: an HTML page with a 200, for example. */
  private isForeign(): boolean {
    const { upstream, endpoint } = this.about
    if (endpoint.meter === null || this.tap.broken || upstream.status === 202) return false
    // Audio is recognized by its type alone; everything else by its content.
    if (endpoint.isBinary && /^text\/(?!event-stream\b)/i.test(this.type)) return true
    return this.tap.isForeign(this.end === 'whole')
  }

  private outcome(refusedByXai: boolean, isWhole: boolean, { error }: Usage): Outcome {
    if (this.end === 'client_gone') return 'client_gone'
    if (this.end === 'stopped') return 'stopped'
    if (refusedByXai) return 'upstream_refused'
    if (error !== null) return 'upstream_error'
    if (this.end === 'upstream_cut') return 'upstream_cut'
    // An answer that ends without saying that it is complete was cut on its way.
    return isWhole || this.about.endpoint.meter === null ? 'complete' : 'upstream_cut'
  }
}

/** The id of the object that now exists at xAI. A chat's answer cannot be fetched by its id. */
function createdIdOf({ makes }: Endpoint, usage: Usage): string | null {
  if (makes === null) return null
  return usage.startedJobId ?? (makes === 'work' ? null : usage.responseId)
}
