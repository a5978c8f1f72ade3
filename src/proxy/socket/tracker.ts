import type { Refusal } from '../../http/refusals.ts'
import type { Outcome } from '../../ledger/outcomes.ts'
import { uuidv7 } from '../../http/uuid.ts'
import { NOTHING_USED, readError, type Usage } from '../../metering/usage.ts'
import type { Exchange } from '../exchange.ts'
import {
  hasUsage,
  isOfResponse,
  isTold,
  modelOf,
  parse,
  responseIdOf,
  textOf,
  type Data,
} from './event.ts'
import { typeOf, type SocketKind } from '../../xai/sockets.ts'
import { NO_CLIENT_TEXT, withText, type ClientText } from './client-text.ts'
import { attempt, Turn } from './turn.ts'

export interface TrackerOptions {
  kind: SocketKind
  /** The connection's exchange; its first turn has the same id. */
  exchange: Exchange
  requestedModel: string | null
  /** A turn has begun: its row has to be written when it ends. */
  /** `isLate`: it only brings the bill of an answer that has ended before. */
  onTurn: (exchange: Exchange, isLate: boolean) => void
  /** Something of a turn has passed. */
  onProgress: (exchange: Exchange) => void
  /** xAI has not taken an event: a turn that was asked for may never begin. */
  onError: () => void
}

// The number of ended responses for which it is remembered whether their bill has been seen.
const ENDED_LIMIT = 200
/** A response may report its end before its usage. */
const LATE_USAGE_MS = 5_000

interface Ended {
  /** Its bill or usage has been seen. */
  isTold: boolean
  /** All tokens that it read and wrote, which a response that continues it reads again. */
  tokens: number | null
}

/** Tracks the turns of a connection; turns may overlap. */
export class TurnTracker {
  private readonly about: TrackerOptions
  /** Under way, in the order in which they began. */
  private turns: Turn[] = []
  private count = 0
  private clientUsage: Usage = NOTHING_USED
  private requestedAtMs: number | null = null
  private text: ClientText = NO_CLIENT_TEXT
  private readonly ended = new Map<string, Ended>()
  /** Responses that were stopped here, and that xAI has not ended yet. */
  private readonly stopped = new Set<string>()
  /** Turns that are over, but whose usage has not come yet; they are not in `turns` any more. */
  private readonly closing = new Map<Turn, ReturnType<typeof setTimeout>>()
  /** xAI's error outside any turn. */
  private error: Usage['error'] = null
  /** The caller has sent something to xAI. */
  private hasSent = false
  /** A message has passed that could not be read here. */
  private isUnread = false

  constructor(about: TrackerOptions) {
    this.about = about
  }

  onClientMessage(data: Data): void {
    const { kind, requestedModel } = this.about
    this.hasSent = true
    if (kind.turns === null && this.turns.length === 0) this.begin(null, requestedModel)
    const text = textOf(data)
    const event = text === null ? null : parse(text)
    if (event === null || text === null) {
      this.isUnread = true
      return
    }
    if (kind.hasPrompts) this.text = withText(this.text, text, event)
    if (kind.sent) {
      const turn = this.turns.at(-1)
      if (turn) turn.take(kind.sent, event)
      else this.clientUsage = attempt(kind.sent, this.clientUsage, event)
    }
    if (!kind.turns?.asks(typeOf(event))) return
    this.requestedAtMs ??= Date.now()
    if (kind.turns.beginsWhenAsked) this.begin(null, modelOf(event) ?? requestedModel)
  }

  onServerMessage(data: Data): void {
    const { meter, sound, turns } = this.about.kind
    const text = textOf(data)
    const event = text === null ? null : parse(text)
    const type = typeOf(event)
    const id = responseIdOf(event)
    if (type === 'error') this.about.onError()
    const ends = turns?.ends(type) === true
    if (ends && id !== null) this.stopped.delete(id)
    const turn = this.turnOf(id, type, ends) ?? this.unexpected(id, event, type, ends)
    if (turn === null) {
      this.error = readError(event) ?? this.error
      return
    }
    turn.exchange.passedFirst()
    if (event === null) turn.take(sound, null)
    else turn.take(meter, event)
    if (!ends) return this.about.onProgress(turn.exchange)
    if (isTold(turn.usage) || turn.responseId === null) this.end(turn)
    else this.close(turn)
  }

  private close(turn: Turn): void {
    if (this.closing.has(turn)) return
    turn.exchange.stopClock()
    this.turns = this.turns.filter((one) => one !== turn)
    const timer = setTimeout(() => this.end(turn), LATE_USAGE_MS)
    this.closing.set(turn, timer)
  }

  /** Ends a turn that a budget has nothing left for. Null: it is not running any more. */
  stop(exchange: Exchange, refusal: Refusal): { responseId: string | null } | null {
    const turn = this.turns.find((one) => one.exchange === exchange)
    if (!turn) return null
    const { responseId } = turn
    if (responseId !== null) this.stopped.add(responseId)
    turn.stop(refusal)
    this.end(turn)
    return { responseId }
  }

  /** Whether xAI has ended a response that was stopped. */
  isOver(responseId: string): boolean {
    return !this.stopped.has(responseId)
  }

  /** Later messages cannot be read, and those that have passed may have cost anything. */
  fail(): void {
    this.isUnread = true
    for (const turn of this.turns) turn.fail()
  }

  /**
   * The connection is over. Turns still under way were cut, even if it closed properly. A connection without
   * turns ends with `outcome`.
   */
  onClose(outcome: Outcome, ofTurn: Outcome): void {
    const isCut = this.about.kind.turns === null ? outcome : ofTurn
    for (const turn of this.closing.keys()) this.end(turn)
    for (const turn of this.turns) turn.end(turn.usage.error ? 'upstream_error' : isCut)
    this.turns = []
    // Texts sent after the last answer are billed by themselves.
    if (this.clientUsage.toolCalls !== null && this.count > 0) {
      this.clientUsage = textsAlone(this.clientUsage)
      this.begin(null, this.about.requestedModel).end(outcome)
    }
    if (this.count > 0) this.about.exchange.endWithTurns()
    else this.endIdle(this.error ? 'upstream_error' : outcome)
  }

  /** The turn of an event, by the response that the event names. */
  private turnOf(id: string | null, type: string, ends: boolean): Turn | null {
    const last = this.turns.at(-1) ?? null
    if (this.about.kind.turns === null) return last
    const unnamed = this.turns.find((turn) => turn.responseId === null) ?? null
    // An error names no response: it belongs to the turn whose answer has not begun.
    if (id === null && ends) return unnamed ?? last
    const begun = [...this.closing.keys(), ...this.turns]
    if (id === null)
      return begun.findLast((turn) => turn.responseId !== null && isOfResponse(type)) ?? last
    const named = begun.find((turn) => turn.responseId === id)
    if (named) return named
    // A response that is over gets no more events, unless it begins anew.
    if (this.about.kind.turns.begins(type)) this.ended.delete(id)
    if (unnamed === null || this.ended.has(id) || !isOfResponse(type)) return null
    unnamed.responseId = id
    return unnamed
  }

  /** Begins a turn for an event of a response that no caller has asked for: xAI may begin one by itself. */
  private unexpected(id: string | null, event: unknown, type: string, ends: boolean): Turn | null {
    const { turns } = this.about.kind
    if (turns === null || event === null || !isOfResponse(type)) return null
    if (!ends && !turns.begins(type)) return null
    // A repeated end is billed once.
    if (id !== null && this.ended.get(id)?.isTold) return null
    if (ends && id !== null && this.ended.has(id) && !hasUsage(event)) return null
    // The row of that response has an estimate by now, which the ledger withdraws for the bill.
    const isLate = ends && id !== null && this.ended.has(id)
    return this.begin(id, modelOf(event) ?? this.about.requestedModel, isLate ? id : null)
  }

  private end(turn: Turn): void {
    clearTimeout(this.closing.get(turn) ?? null)
    this.closing.delete(turn)
    this.turns = this.turns.filter((one) => one !== turn)
    const { responseId, usage } = turn
    if (responseId !== null) {
      const [oldest] = this.ended.keys()
      if (this.ended.size >= ENDED_LIMIT && oldest !== undefined) this.ended.delete(oldest)
      const tokens = usage.tokens && usage.tokens.input + usage.tokens.output
      this.ended.set(responseId, { isTold: isTold(usage), tokens })
    }
    turn.end(usage.error ? 'upstream_error' : 'complete')
  }

  private begin(
    responseId: string | null,
    requestedModel: string | null,
    ofResponse: string | null = null,
  ): Turn {
    const { exchange, onTurn } = this.about
    const nowMs = Date.now()
    const beganMs = this.requestedAtMs ?? nowMs
    const turn = new Turn({
      exchange: exchange.turn(this.count++ === 0 ? null : uuidv7(nowMs), nowMs, beganMs),
      requestedModel,
      used: this.clientUsage,
      text: this.text,
      beforeTokens: this.ended.get(this.text.previousResponseId ?? '')?.tokens ?? null,
      ofResponse,
    })
    turn.responseId = responseId
    this.turns.push(turn)
    this.clientUsage = NOTHING_USED
    this.requestedAtMs = null
    this.text = NO_CLIENT_TEXT
    onTurn(turn.exchange, ofResponse !== null)
    return turn
  }

  /** Ends a connection on which nothing was asked: it costs nothing, but has a row. */
  private endIdle(outcome: Outcome): void {
    const { exchange, requestedModel } = this.about
    const used = { ...textsAlone(this.clientUsage), error: this.error }
    const nothing = { text: NO_CLIENT_TEXT, beforeTokens: null, ofResponse: null }
    const turn = new Turn({ exchange, requestedModel, used, ...nothing })
    // xAI may have begun something that has not been seen here, unless it has refused.
    const mayCost = this.isUnread || (this.hasSent && this.error === null)
    exchange.isBilled(mayCost || used.toolCalls !== null)
    if (mayCost && used.toolCalls === null) turn.fail()
    turn.end(outcome)
  }
}

/** Without an answer, only the input texts are billed. */
const textsAlone = (used: Usage): Usage =>
  used.toolCalls === null
    ? used
    : { ...used, finished: true, isAnswer: true, units: { unit: 'realtimeSecond', count: 0 } }
