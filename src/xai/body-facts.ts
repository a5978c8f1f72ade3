import { modelName } from '../http/scrub.ts'

/** What a request's body says of itself. */
export interface BodyFacts {
  /** As it was sent, with whatever somebody has put there. */
  requestedModel: string | null
  /** The caller wants a stream. */
  stream: boolean
  /** The caller wants to see the usage of its stream. */
  asksForUsage: boolean
  /** The members that the endpoint's price depends on; of a list that is counted, its length. */
  members: Readonly<Record<string, unknown>>
  /** How much text there is to read; for the estimate where xAI reports nothing. */
  textBytes: number
  /** That text is all that the model reads: no images, no files, no earlier response, nothing that it looks up. */
  isAllText: boolean
  /** The response that this one continues. */
  previousResponseId: string | null
  /** What that one has read and written; null: the ledger may know. */
  beforeTokens: number | null
}

/** The same, fit to be kept. */
export const withoutSecretsOf = (facts: BodyFacts, secrets: readonly string[]): BodyFacts =>
  facts.requestedModel === null
    ? facts
    : { ...facts, requestedModel: modelName(facts.requestedModel, secrets) }

export const NO_BODY: BodyFacts = {
  requestedModel: null,
  stream: false,
  asksForUsage: false,
  members: {},
  textBytes: 0,
  isAllText: false,
  previousResponseId: null,
  beforeTokens: null,
}
