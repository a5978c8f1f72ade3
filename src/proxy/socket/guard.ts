import { toWire } from '../../wire-error.ts'
import { refuseNamed, type Asking } from '../access.ts'
import { referencesIn } from '../references.ts'

/** What the caller hears in place of an answer; null: its event may go on. */
export type Verdict = Promise<string | null>

/** Whether an event names objects that are not its caller's; null: it names none. */
export function guardNamed(asking: Asking, text: string): Verdict | null {
  const ids = referencesIn(text)
  if (ids.length === 0) return null
  return refuseNamed(asking, ids).then((refusal) => {
    if (refusal === null) return null
    const { type, code, message } = toWire(refusal)
    // xAI's clients look for the words at the top, OpenAI's in an error.
    return JSON.stringify({ type: 'error', code, message, error: { type, code, message } })
  })
}

/** Keeps what is sent in order while some of it is looked at. */
export class InOrder {
  private last: Promise<void> | null = null

  /** At once where nothing is being looked at; else behind it. */
  run(act: () => void, verdict: Verdict | null, refused: (event: string) => void): void {
    if (verdict === null && this.last === null) return act()
    const turn = (this.last ?? Promise.resolve()).then(async () => {
      const refusal = (await verdict) ?? null
      if (refusal === null) act()
      else refused(refusal)
    })
    const mine = turn
      .catch(() => {})
      .then(() => {
        if (this.last === mine) this.last = null
      })
    this.last = mine
  }
}
