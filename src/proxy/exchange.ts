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

/** The members of a result that an exchange knows by itself; the rest comes from xAI's answer. */
type OwnMember =
  | 'sent'
  | 'billed'
  | 'facts'
  | 'overheadMs'
  | 'firstByteMs'
  | 'totalMs'
  | 'upstreamRequestId'

/** What the answer has told so far. `outcome` and the error are those of an exchange that ends here. */
export type AnswerSoFar = Omit<ExchangeResult, OwnMember>

interface ExchangeOptions {
  call: Call
  /** Texts that must not be repeated in a row, whoever sends them. */
  secrets: readonly string[]
  /** The endpoint is one that xAI bills. */
  billed: boolean
  /** When the clock starts; default: with the call. */
  beganMs?: number
  /** Its turns are exchanges of their own: until it ends there is nothing to record of itself. */
  isConnection?: boolean
}

/**
 * A request, or one turn of a WebSocket, from the moment its caller is known. It collects what is known and ends
 * once; its row is made from the result. No stage keeps state about a request anywhere else.
 */
export class Exchange {
  readonly call: Call
  /** The result; null: its turns have rows of their own. Never rejects. */
  readonly ended: Promise<ExchangeResult | null>
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

  /** From now on this text does not get into the row. */
  hide(secret: string): void {
    this.secrets.push(secret)
  }

  /** The body that goes to xAI. What it says may still grow while it passes. */
  reads(body: Pick<OutgoingBody, 'facts' | 'isSent'>): void {
    this.body = body
  }

  /** The request goes to xAI now: up to here the time was Metrion's. Returns how long that was. */
  sent(): number {
    this.overheadMs = Date.now() - this.beganMs
    return this.overheadMs
  }

  /** xAI has answered; `requestId` is its own name of the request. */
  answered(requestId: string | null): void {
    this.upstreamRequestId = scrubber(this.secrets)(requestId)
  }

  /** The answer is passed on. `soFar` tells what has been read of it, now and at the end. */
  passes(soFar: () => AnswerSoFar): void {
    this.answerSoFar = soFar
  }

  /** The first byte, or the first event of a turn, is on its way to the caller. */
  passedFirst(nowMs = Date.now()): void {
    this.firstByteMs ??= nowMs - this.beganMs
  }

  /** The clock stops, whenever the end is told. */
  stopClock(nowMs = Date.now()): void {
    this.overMs ??= nowMs
  }

  /** It has ended: with a refusal, or as the answer tells. A second end changes nothing. */
  end(refusal: Refusal | null = null): void {
    try {
      this.resolve(refusal ? this.refusedWith(refusal) : this.asItStands())
    } catch (error) {
      // A request whose answer cannot be described has a row all the same.
      console.error('answer not described', this.call.id, error instanceof Error ? error.name : '')
      this.resolve(this.refusedWith(this.internal))
    }
  }

  /** Whether xAI bills it, where that is not known from the endpoint. */
  isBilled(billed: boolean): void {
    this.billed = billed
  }

  /** A turn on this connection. `id` null: the first, which has the connection's own id and its share of time. */
  turn(id: string | null, atMs: number, beganMs: number): Exchange {
    const call = id === null ? this.call : { ...this.call, id, atMs }
    const turn = new Exchange({ call, secrets: this.secrets, billed: true, beganMs })
    turn.overheadMs = id === null ? this.overheadMs : 0
    turn.upstreamRequestId = this.upstreamRequestId
    return turn
  }

  /** All turns of a connection have ended; they have rows, it has none. */
  endWithTurns(): void {
    this.resolve(null)
  }

  /** The result if it ended now; null: there is nothing to record yet. */
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
    // xAI's words may repeat what it was sent.
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
      sent: this.body?.isSent() === true,
      billed: this.billed,
      facts: withoutSecretsOf(this.body?.facts() ?? NO_BODY, this.secrets),
      overheadMs: this.overheadMs ?? totalMs,
      firstByteMs: this.firstByteMs,
      totalMs,
      upstreamRequestId: this.upstreamRequestId,
    }
  }
}
