/** What a request's body says of itself. */
export interface BodyFacts {
  requestedModel: string | null
  /** The caller wants a stream. */
  stream: boolean
  /** The caller wants to see the usage of its stream. */
  asksForUsage: boolean
  /** The members that the endpoint's price depends on. */
  members: Readonly<Record<string, unknown>>
  /** How much text there is to read; for the estimate where xAI reports nothing. */
  textBytes: number
}

export const NO_BODY: BodyFacts = {
  requestedModel: null,
  stream: false,
  asksForUsage: false,
  members: {},
  textBytes: 0,
}
