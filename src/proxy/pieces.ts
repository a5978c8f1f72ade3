import type { Pieces } from '../metering/pieces.ts'
import type { BodyFacts } from './facts.ts'

/** As many images as were asked for; xAI makes one where nothing is said. */
export function countImages({ members }: BodyFacts): Pieces {
  const { n, quality, resolution } = members
  return {
    unit: 'image',
    count: typeof n === 'number' && Number.isInteger(n) && n > 0 ? n : 1,
    variant: `${typeof quality === 'string' ? quality : 'medium'}/${typeof resolution === 'string' ? resolution : '1k'}`,
  }
}

/** The characters that are to be spoken. Null: too many to have been looked at. */
export function countText({ members }: BodyFacts): Pieces | null {
  const { text } = members
  return typeof text === 'string' ? { unit: 'character', count: Array.from(text).length } : null
}

export const oneSearch = (): Pieces => ({ unit: 'search', count: 1 })
