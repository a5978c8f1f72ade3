import type { Refusal } from '../http/refusals.ts'
import type { OutgoingBody } from './body.ts'
import {
  NO_ANSWER,
  refused,
  type Call,
  type ExchangeResult,
} from '../settlement/exchange-result.ts'
import { NO_BODY, withoutSecretsOf } from '../xai/body-facts.ts'
import { modelName, scrubber } from '../http/scrub.ts'
import type { Reservation } from '../spend/lease/reservation-store.ts'

/** The members of a result that the exchange knows by itself; the rest comes from xAI's answer. */
type OwnMember =
  | 'sent'
  | 'billed'
  | 'facts'
  | 'overheadMs'
  | 'firstByteMs'
  | 'totalMs'
  | 'upstreamRequestId'

/** Facts read from xAI's answer so far. `outcome` and the error apply if the exchange ends now. */
export type AnswerSoFar = Omit<ExchangeResult, OwnMember>

interface ExchangeOptions {
  call: Call
  /** Texts that must not be in a row, whoever sends them. */
  secrets: readonly string[]
  /** xAI bills this endpoint. */
  billed: boolean
  /** Start of the clock; default: the call's `atMs`. */
  beganMs?: number
  /** Each turn is an exchange of its own. Until it ends, the connection itself has nothing to record. */
  isConnection?: boolean
}

/**
 * A request, or one turn of a WebSocket, from the moment its caller is known. It collects all facts and ends
 * once; its row is made from the result. No stage keeps state about a request anywhere else.
 */
export class Exchange {
  readonly call: Call
  /** The result; null: a connection whose turns have their own rows. Never rejects. */
  readonly ended: Promise<ExchangeResult | null>
  /** What it has of budgets and rate limits. Null: none applies, or it was refused. */
  reservation: Reservation | null = null
  private readonly secrets: string[]
  private billed: boolean
  private readonly beganMs: number
  private readonly isConnection: boolean
  private readonly resolve: (result: ExchangeResult | null) => void
  private body: Pick<OutgoingBody, 'facts' | 'isSent'> | null = null
  private overheadMs: number | null = null
  private firstByteMs: number | null = null
  private overMs: number | null = null
  private upstreamRequestId: string | null = null
  private answerSoFar: (() => AnswerSoFar) | null = null

  constructor(options: ExchangeOptions) {
    const { call, secrets, billed, beganMs = call.atMs, isConnection = false } = options
    const { promise, resolve } = Promise.withResolvers<ExchangeResult | null>()
    this.call = call
    this.secrets = [...secrets]
    this.billed = billed
    this.beganMs = beganMs
    this.isConnection = isConnection
    this.ended = promise
    this.resolve = resolve
  }

  /** Keeps this text out of the row from now on. */
  hide(secret: string): void {
    this.secrets.push(secret)
  }

  /** Sets the body that goes to xAI. Its facts may still grow while it passes. */
  reads(body: Pick<OutgoingBody, 'facts' | 'isSent'>): void {
    this.body = body
  }

  /** Sets what was reserved for it. */
  reserves(reservation: Reservation): void {
    this.reservation = reservation
  }

  /** Call when the request goes to xAI. Returns the time that Metrion itself has taken until then, in ms. */
  sent(): number {
    this.overheadMs = Date.now() - this.beganMs
    return this.overheadMs
  }

  /** Call when xAI has answered. `requestId` is xAI's id of the request. */
  answered(requestId: string | null): void {
    this.upstreamRequestId = scrubber(this.secrets)(requestId)
  }

  /** Call when the answer is passed on. `soFar` returns what has been read of it, now and at the end. */
  passes(soFar: () => AnswerSoFar): void {
    this.answerSoFar = soFar
  }

  /** Call when the first byte, or the first event of a turn, goes to the caller. */
  passedFirst(nowMs = Date.now()): void {
    this.firstByteMs ??= nowMs - this.beganMs
  }

  /** Stops the clock, even if `end` is called later. */
  stopClock(nowMs = Date.now()): void {
    this.overMs ??= nowMs
  }

  /** Ends the exchange: with a refusal, or as the answer says. A second call changes nothing. */
  end(refusal: Refusal | null = null): void {
    try {
      this.resolve(refusal ? this.refusedWith(refusal) : this.asItStands())
    } catch (error) {
      // Record a row even if describing the answer throws.
      console.error('answer not described', this.call.id, error instanceof Error ? error.name : '')
      this.resolve(this.refusedWith(this.internal))
    }
  }

  /** Sets whether xAI bills it, if the endpoint does not decide that. */
  isBilled(billed: boolean): void {
    this.billed = billed
  }

  /** A turn on this connection. `id` null: the first turn, which has the connection's id and its overhead. */
  turn(id: string | null, atMs: number, beganMs: number): Exchange {
    const call = id === null ? this.call : { ...this.call, id, atMs }
    const turn = new Exchange({ call, secrets: this.secrets, billed: true, beganMs })
    turn.overheadMs = id === null ? this.overheadMs : 0
    turn.upstreamRequestId = this.upstreamRequestId
    return turn
  }

  /** Call when all turns of a connection have ended: they have rows, the connection has none. */
  endWithTurns(): void {
    this.resolve(null)
  }

  /** The result if the exchange ended now; null: there is nothing to record yet. */
  snapshot(): ExchangeResult | null {
    const isSplit = this.isConnection && this.answerSoFar === null
    return isSplit ? null : this.asItStands()
  }

  private get internal(): Refusal {
    return { reason: 'internal', requestId: this.call.id }
  }

  private asItStands(): ExchangeResult {
    const answer = this.answerSoFar?.()
    if (!answer) return this.refusedWith(this.internal)
    const { usage } = answer
    // xAI's text may repeat what it was sent.
    const clean = scrubber(this.secrets)
    return {
      ...answer,
      ...this.own(),
      sent: true,
      usage: {
        ...usage,
        model: usage.model === null ? null : modelName(usage.model, this.secrets),
        responseId: clean(usage.responseId),
      },
      createdId: clean(answer.createdId),
      errorCode: clean(answer.errorCode),
      errorText: clean(answer.errorText),
    }
  }

  private refusedWith(refusal: Refusal): ExchangeResult {
    return { ...NO_ANSWER, ...this.own(), ...refused(refusal), firstByteMs: null }
  }

  private own(): Pick<ExchangeResult, OwnMember> {
    const totalMs = (this.overMs ?? Date.now()) - this.beganMs
    return {
      // A body that is held counts as sent once the request has gone out.
      sent: this.overheadMs !== null && this.body?.isSent() === true,
      billed: this.billed,
      facts: withoutSecretsOf(this.body?.facts() ?? NO_BODY, this.secrets),
      overheadMs: this.overheadMs ?? totalMs,
      firstByteMs: this.firstByteMs,
      totalMs,
      upstreamRequestId: this.upstreamRequestId,
    }
  }
}
