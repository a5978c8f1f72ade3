import { toWire } from '../../http/messages.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { Meter, Usage } from '../../metering/usage.ts'
import type { Outcome } from '../../ledger/outcomes.ts'
import type { AnswerSoFar, Exchange } from '../exchange.ts'
import type { ClientText } from './client-text.ts'
import { NO_BODY } from '../../xai/body-facts.ts'
import { NO_ANSWER } from '../../settlement/exchange-result.ts'

export interface TurnStart {
  exchange: Exchange
  requestedModel: string | null
  /** Usage from the caller's events since the last turn. */
  used: Usage
  text: ClientText
  /** Tokens that the previous response read and wrote; null: it was not on this connection. */
  beforeTokens: number | null
  /** The id of a response that ended without a usage: this turn brings the missing bill. */
  ofResponse: string | null
}

/** One answer on a connection. */
export class Turn {
  readonly exchange: Exchange
  usage: Usage
  /** The id of the answer, once xAI has named it. */
  responseId: string | null = null
  private broken = false
  private outcome: Outcome = 'upstream_cut'
  private stoppedBy: Refusal | null = null
  private readonly ofResponse: string | null

  constructor({ exchange, requestedModel, used, text, beforeTokens, ofResponse }: TurnStart) {
    this.exchange = exchange
    this.usage = used
    this.ofResponse = ofResponse
    const asked = { ...NO_BODY, requestedModel, stream: true, asksForUsage: true }
    const facts = { ...asked, ...text, beforeTokens }
    exchange.reads({ facts: () => facts, isSent: () => true })
    exchange.passes(() => this.soFar())
  }

  /** A metering error does not stop the messages. */
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

  /** Call before `end`: Metrion has stopped it. */
  stop(refusal: Refusal): void {
    this.stoppedBy = refusal
  }

  end(outcome: Outcome): void {
    this.outcome = this.stoppedBy ? 'stopped' : outcome
    this.exchange.end()
  }

  private soFar(): AnswerSoFar {
    const { usage, ofResponse } = this
    const stopped = this.stoppedBy && toWire(this.stoppedBy)
    const isResponse = this.exchange.call.endpoint === 'responses'
    return {
      ...NO_ANSWER,
      // The status that the caller got when it connected.
      status: 101,
      outcome: this.outcome,
      usage,
      createdId: isResponse ? usage.responseId : null,
      // An answer that is cut here may be complete at xAI, and is then found by its id.
      starts: isResponse ? 'response' : null,
      jobId: ofResponse,
      repeatsAnswer: ofResponse !== null,
      unmetered: this.broken,
      streamed: true,
      errorCode: stopped?.code ?? usage.error?.code ?? null,
      errorText: stopped?.message ?? usage.error?.text ?? null,
    }
  }
}

/** Meters an event; one that cannot be metered changes nothing. */
export function attempt(meter: Meter, seen: Usage, event: unknown): Usage {
  try {
    return meter(seen, event)
  } catch {
    return seen
  }
}
