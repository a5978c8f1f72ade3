import type { Amounts } from '../amounts.ts'
import type { Asked } from '../protocol.ts'

/** What the latest complete requests of one kind used, the oldest first. */
export interface Samples {
  cost: number[]
  tokens: number[]
}

const MOST_SAMPLES = 50
const SHARE = 0.9

/** Requests of one token to one model and endpoint are alike. */
export const sampleKey = ({
  tokenId,
  model,
  endpoint,
}: Pick<Asked, 'tokenId' | 'model' | 'endpoint'>): string =>
  JSON.stringify([tokenId, model, endpoint])

export const withSample = ({ cost, tokens }: Samples, used: Amounts): Samples => ({
  cost: [...cost, used.cost].slice(-MOST_SAMPLES),
  tokens: [...tokens, used.tokens].slice(-MOST_SAMPLES),
})

/** The 90th percentile (nearest rank). The list is not empty. */
function percentile(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.ceil(sorted.length * SHARE) - 1]!
}

/** What a request like these is expected to use. Null: there are none yet. */
export const expectedBy = ({ cost, tokens }: Samples): Amounts | null =>
  cost.length === 0 ? null : { cost: percentile(cost), tokens: percentile(tokens), requests: 1 }
