import { toWire } from '../../http/messages.ts'
import { refuseNamed } from '../access.ts'
import type { ProxyRequest } from '../request.ts'
import { referencesIn } from '../../xai/references.ts'

/** What the caller hears in place of an answer; null: its event may go on. */
export type Verdict = Promise<string | null>

/** Whether an event names objects that are not its caller's; null: it names none. */
export function guardNamed(proxied: ProxyRequest, text: string): Verdict | null {
  const ids = referencesIn(text)
  if (ids.length === 0) return null
  return refuseNamed(proxied, ids).then((refusal) => {
    if (refusal === null) return null
    const { type, code, message } = toWire(refusal)
    // xAI's clients look for the words at the top, OpenAI's in an error.
    return JSON.stringify({ type: 'error', code, message, error: { type, code, message } })
  })
}

const MOST_WAITING = 1_000

/** Keeps what is sent in order while some of it is looked at. */
export class InOrder {
  private last: Promise<void> | null = null
  private waiting = 0

  /** More waits than a caller sends while one thing is looked up. */
  get isFull(): boolean {
    return this.waiting > MOST_WAITING
  }

  /** At once where nothing is being looked at; else behind it. */
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
      // Whatever goes wrong with one, the others go on.
      console.error('event of a socket not passed on', error instanceof Error ? error.name : '')
    }
  }
}
