import { isRefusal, type Refusal } from '../../http/refusals.ts'
import type { Reservation } from '../../spend/lease/reservation-store.ts'
import { isCapped } from '../../spend/lease/store.ts'
import { typeOf, type SocketKind } from '../../xai/sockets.ts'
import type { Exchange } from '../exchange.ts'
import type { ProxyRequest } from '../request.ts'
import { reserveTurn, watchSpend } from '../spending.ts'
import { NO_CLIENT_TEXT, withText } from './client-text.ts'
import { modelOf, parse } from './event.ts'
import { toEvent, type Verdict } from './guard.ts'

/** Stops a turn that a budget has nothing left for. */
export type StopTurn = (turn: Exchange, refusal: Refusal) => void

/** The budgets and rate limits of the turns on one connection. */
export class SocketSpend {
  private readonly proxied: ProxyRequest
  private readonly kind: SocketKind
  /** What was reserved for turns that have been asked for, and have not begun. */
  private readonly waiting: Reservation[] = []
  private readonly watches = new Map<Exchange, () => void>()
  private isOver = false
  /** Set when the connection is open. */
  stop: StopTurn = () => {}

  private constructor(proxied: ProxyRequest, kind: SocketKind) {
    this.proxied = proxied
    this.kind = kind
    // Without turns, the connection is the one request.
    const { reservation } = proxied.exchange
    if (kind.turns === null && reservation) this.waiting.push(reservation)
  }

  /** Null: nothing applies to this caller. */
  static of(proxied: ProxyRequest, kind: SocketKind): SocketSpend | null {
    return isCapped(proxied.caller) ? new SocketSpend(proxied, kind) : null
  }

  /** Reserves for a turn before xAI is asked for it. Null: the event asks for none. */
  guard(text: string): Verdict | null {
    const event = parse(text)
    if (!this.kind.turns?.asks(typeOf(event))) return null
    return this.reserve(modelOf(event), withText(NO_CLIENT_TEXT, text, event)).then((reserved) => {
      if (reserved === null) return null
      if (isRefusal(reserved)) return toEvent(reserved)
      if (this.isOver) reserved.release()
      else this.waiting.push(reserved)
      return null
    })
  }

  /** A turn has begun: by a request that has been admitted, or by xAI itself. */
  begins(turn: Exchange): void {
    const reserved = this.waiting.shift()
    if (reserved) return this.hold(turn, reserved)
    this.proxied.ctx.waitUntil(this.reserveLate(turn))
  }

  /** xAI may have rejected a turn that was asked for. One that begins after all reserves anew. */
  rejected(): void {
    this.waiting.shift()?.release()
  }

  /** Something of the turn has passed. */
  progress(turn: Exchange): void {
    this.watches.get(turn)?.()
  }

  /** The connection is over. */
  close(): void {
    this.isOver = true
    for (const reservation of this.waiting.splice(0)) reservation.release()
    this.watches.clear()
  }

  private reserve(model: string | null, text: typeof NO_CLIENT_TEXT) {
    const named = model ?? this.proxied.url.searchParams.get('model')
    return reserveTurn(this.proxied, named, text)
  }

  private async reserveLate(turn: Exchange): Promise<void> {
    let isEnded = false
    const ended = turn.ended.then(() => (isEnded = true))
    const reserved = await this.reserve(null, NO_CLIENT_TEXT)
    if (reserved === null) return
    if (isRefusal(reserved)) return isEnded ? undefined : this.stop(turn, reserved)
    if (isEnded) return reserved.release()
    this.hold(turn, reserved)
    await ended
  }

  private hold(turn: Exchange, reservation: Reservation): void {
    turn.reserves(reservation)
    const watch = watchSpend(turn, (refusal) => this.stop(turn, refusal))
    if (!watch) return
    this.watches.set(turn, watch)
    void turn.ended.then(() => this.watches.delete(turn))
  }
}

/** The first check that refuses an event; null: none has to be awaited. */
export function inTurn(
  first: ((text: string) => Verdict | null) | null,
  spend: SocketSpend | null,
): ((text: string) => Verdict | null) | null {
  if (spend === null) return first
  return (text) => {
    const verdict = first?.(text) ?? null
    if (verdict === null) return spend.guard(text)
    return verdict.then((refused) => refused ?? spend.guard(text))
  }
}
