import type { Refusal } from '../errors.ts'
import { toWire } from '../wire-error.ts'

/** A refusal for people: beside a form nobody needs to be told the parameter's name. */
export function inWords(refusal: Refusal): string {
  if (refusal.reason !== 'parameter_invalid') return toWire(refusal).message
  const { problem } = refusal
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`
}
