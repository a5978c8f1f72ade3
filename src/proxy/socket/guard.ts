import { toWire } from '../../http/messages.ts'
import type { Refusal } from '../../http/refusals.ts'
import { typeOf, type SocketKind } from '../../xai/sockets.ts'
import { isLimited, refuseNamed } from '../access.ts'
import { limitsModels, refuseEvent } from '../models.ts'
import type { ProxyRequest } from '../request.ts'
import { referencesIn } from '../../xai/references.ts'
import { parse } from './event.ts'

/** The event that the caller gets if its own is refused; null: its event may go on. */
export type Verdict = Promise<string | null>

type Guard = (text: string) => Verdict | null

/** Checks what a caller says on a WebSocket before xAI hears it; null: nothing has to be checked. */
export function guardOf(proxied: ProxyRequest, kind: SocketKind): Guard | null {
  const named: Guard | null = isLimited(proxied) ? (text) => guardNamed(proxied, text) : null
  if (!limitsModels(proxied)) return named
  return (text) => {
    const event = parse(text)
    const asks = kind.namesModel === 'event' && kind.turns?.asks(typeOf(event)) === true
    const refusal = kind.namesModel === null ? null : refuseEvent(proxied, event, asks)
    return refusal ? Promise.resolve(toEvent(refusal)) : (named?.(text) ?? null)
  }
}

/** Checks whether an event names objects that are not its caller's. Null: it names none. */
function guardNamed(proxied: ProxyRequest, text: string): Verdict | null {
  const ids = referencesIn(text)
  if (ids.length === 0) return null
  return refuseNamed(proxied, ids).then((refusal) => refusal && toEvent(refusal))
}

/** A refusal as an event of a WebSocket. */
export function toEvent(refusal: Refusal): string {
  const { type, code, message } = toWire(refusal)
  // xAI's clients read the members at the top level, OpenAI's those in `error`.
  return JSON.stringify({ type: 'error', code, message, error: { type, code, message } })
}

const MOST_WAITING = 1_000

/** Keeps messages in order while some of them are being checked. */
export class InOrder {
  private last: Promise<void> | null = null
  private waiting = 0

  /** More are waiting than a caller sends during one check. */
  get isFull(): boolean {
    return this.waiting > MOST_WAITING
  }

  /** Runs at once if nothing is being checked; otherwise after the messages before it. */
  run(act: () => void, verdict: Verdict | null, refused: (event: string) => void): void {
    if (verdict === null && this.last === null) return act()
    this.waiting++
    const mine = this.behind(act, verdict, refused).finally(() => {
      this.waiting--
      if (this.last === mine) this.last = null
    })
    this.last = mine
  }

  private async behind(
    act: () => void,
    verdict: Verdict | null,
    refused: (event: string) => void,
  ): Promise<void> {
    await this.last
    try {
      const refusal = await verdict
      if (refusal === null) act()
      else refused(refusal)
    } catch (error) {
      // If one fails, the others go on.
      console.error('event of a socket not passed on', error instanceof Error ? error.name : '')
    }
  }
}
