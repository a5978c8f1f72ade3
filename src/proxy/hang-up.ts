import type { Refusal } from '../errors.ts'
import { toWire } from '../wire-error.ts'

/** Why a call to xAI was given up; the reason that its AbortController is aborted with. */
export class HangUp extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(toWire(refusal).message)
    this.name = 'HangUp'
    this.refusal = refusal
  }
}

export const callerGone = (): HangUp => new HangUp({ reason: 'caller_gone' })
