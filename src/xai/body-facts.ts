import { modelName } from '../http/scrub.ts'

/** Members of a request that limit its output. Grok's reasoning is not bound by them. */
export const OUTPUT_LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const

/** Facts that Metrion reads from a request's body. */
export interface BodyFacts {
  /** As it was sent: it may hold anything, even a secret. */
  requestedModel: string | null
  /** It names two different models: nobody can say which of them xAI takes. */
  namesTwoModels: boolean
  /** The caller wants a stream. */
  stream: boolean
  /** The caller asks for the usage of its stream. */
  asksForUsage: boolean
  /** The members that the endpoint's price depends on; for counted lists, their length. */
  members: Readonly<Record<string, unknown>>
  /** Bytes of text for the model to read, for an estimate if xAI reports no usage. */
  textBytes: number
  /** The model reads only this text: no images, no files, no earlier response, no results of tools. */
  isAllText: boolean
  /** The response that this one continues. */
  previousResponseId: string | null
  /** The tokens that it has read and written; null: not known here, but the ledger may know. */
  beforeTokens: number | null
}

/** Removes secrets from the model's name, so that the facts may be stored. */
export const withoutSecretsOf = (facts: BodyFacts, secrets: readonly string[]): BodyFacts =>
  facts.requestedModel === null
    ? facts
    : { ...facts, requestedModel: modelName(facts.requestedModel, secrets) }

export const NO_BODY: BodyFacts = {
  requestedModel: null,
  namesTwoModels: false,
  stream: false,
  asksForUsage: false,
  members: {},
  textBytes: 0,
  isAllText: false,
  previousResponseId: null,
  beforeTokens: null,
}
