import type { Meter, Usage } from '../../metering/usage.ts'
import type { Outcome } from '../../ledger/outcomes.ts'
import { withoutSecretsOf } from '../facts.ts'
import { modelName, scrubber } from '../scrub.ts'
import type { Said } from './said.ts'
import { NO_ANSWER, type Call, type Ending } from '../ending.ts'

export interface TurnStart {
  call: Call
  /** When it was asked for; the connection may be much older. */
  beganMs: number
  requestedModel: string | null
  /** Metrion's own share; that of opening the connection, for its first turn. */
  ownMs: number
  upstreamRequestId: string | null
  /** What the caller has said since the last turn. */
  used: Usage
  text: Said
  /** What the response before it has read and written, where that was on this connection. */
  beforeTokens: number | null
  secrets: readonly string[]
  /** A response that is over already, without a usage: this turn brings what was missing. */
  ofResponse: string | null
}

/** One answer within a connection. */
export class Turn {
  readonly call: Call
  usage: Usage
  /** Of the answer, once xAI has named it. */
  responseId: string | null = null
  private readonly start: TurnStart
  private broken = false
  private firstMs: number | null = null
  private overMs: number | null = null
  private readonly resolvers = Promise.withResolvers<Ending>()

  constructor(start: TurnStart) {
    this.start = start
    this.call = start.call
    this.usage = start.used
  }

  get ended(): Promise<Ending> {
    return this.resolvers.promise
  }

  /** Metering that fails stops nothing. */
  take(meter: Meter, event: unknown): void {
    if (this.broken) return
    try {
      this.usage = meter(this.usage, event)
    } catch (error) {
      this.broken = true
      console.error('metering failed, the socket goes on', error instanceof Error ? error.name : '')
    }
  }

  fail(): void {
    this.broken = true
  }

  heard(nowMs: number): void {
    this.firstMs ??= nowMs - this.start.beganMs
  }

  /** It is over, whenever it ends here. */
  isOver(nowMs: number): void {
    this.overMs ??= nowMs
  }

  end(outcome: Outcome): void {
    this.resolvers.resolve(this.describe(outcome))
  }

  describe(outcome: Outcome): Ending {
    const { requestedModel, ownMs, upstreamRequestId, text, beforeTokens, secrets, ofResponse } =
      this.start
    const { usage } = this
    const clean = scrubber(secrets)
    return {
      ...NO_ANSWER,
      // What the caller was told when it connected.
      status: 101,
      outcome,
      sent: true,
      billed: true,
      facts: withoutSecretsOf(
        { requestedModel, stream: true, asksForUsage: true, members: {}, ...text, beforeTokens },
        secrets,
      ),
      usage: {
        ...usage,
        model: usage.model === null ? null : modelName(usage.model, secrets),
        responseId: clean(usage.responseId),
      },
      made: this.call.endpoint === 'responses' ? clean(usage.responseId) : null,
      // What is cut here may be had whole by its id.
      starts: this.call.endpoint === 'responses' ? 'response' : null,
      workId: ofResponse,
      repeatsAnswer: ofResponse !== null,
      unmetered: this.broken,
      streamed: true,
      ownMs,
      firstByteMs: this.firstMs,
      totalMs: (this.overMs ?? Date.now()) - this.start.beganMs,
      errorCode: clean(usage.error?.code ?? null),
      errorText: clean(usage.error?.text ?? null),
      upstreamRequestId,
    }
  }
}
