import { JsonMembers } from '../../metering/json/members.ts'
import { asObject } from '../../metering/counts.ts'
import { asString } from '../../metering/usage.ts'
import { OTHER_INPUT, OTHER_INPUT_MEMBERS } from '../../xai/other-input.ts'

/** The text of the caller's messages that a model will read: see BodyFacts. */
export interface ClientText {
  textBytes: number
  isAllText: boolean
  previousResponseId: string | null
}

export const NO_CLIENT_TEXT: ClientText = {
  textBytes: 0,
  isAllText: true,
  previousResponseId: null,
}

const encoder = new TextEncoder()

/** Adds one message, given as text and as the parsed event. */
export function withText(before: ClientText, message: string, event: unknown): ClientText {
  const members = new JsonMembers(new Set(), { words: OTHER_INPUT, isLenient: true })
  members.push(encoder.encode(message))
  const value = asObject(event) ?? {}
  // `response.create` has its members beside the type, or in a `response` member.
  const request = { ...value, ...asObject(value['response']) }
  const isPlain = OTHER_INPUT_MEMBERS.every((name) => (request[name] ?? null) === null)
  return {
    textBytes: before.textBytes + members.textBytes,
    isAllText: before.isAllText && isPlain && !members.hasNoticed,
    previousResponseId: asString(request['previous_response_id']) ?? before.previousResponseId,
  }
}
