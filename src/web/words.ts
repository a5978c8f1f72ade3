import type { Refusal } from '../http/refusals.ts'
import { toWire } from '../http/messages.ts'

/** The message of a refusal for pages. Beside a form field, the name of the parameter is left out. */
export function messageOf(refusal: Refusal): string {
  if (refusal.reason !== 'parameter_invalid') return toWire(refusal).message
  const { problem } = refusal
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`
}
