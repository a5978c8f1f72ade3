import type { Refusal } from '../http/refusals.ts'
import { toWire } from '../http/messages.ts'

/** A refusal for people: beside a form nobody needs to be told the parameter's name. */
export function messageOf(refusal: Refusal): string {
  if (refusal.reason !== 'parameter_invalid') return toWire(refusal).message
  const { problem } = refusal
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`
}
