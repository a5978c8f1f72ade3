import { asCount } from '../metering/counts.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import type { BodyFacts } from './body-facts.ts'

/** Members of a request that may hold input images. */
export const INPUT_IMAGES = ['image', 'images', 'reference_images', 'pinned_images'] as const

/** The member of a request that says how many seconds its video has. */
export const VIDEO_LENGTH = 'duration'

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' && value !== 'auto' ? value : otherwise

const inputsOf = ({ members }: BodyFacts): number =>
  INPUT_IMAGES.reduce((sum, name) => sum + (asCount(members[name]) ?? 0), 0)

/** The number of images requested; xAI's default is 1. Null: `n` is 0 or not a count. */
const countImages =
  (quality: 'low' | 'medium') =>
  (facts: BodyFacts): BillableUnits | null => {
    const { members } = facts
    const count = members['n'] === undefined || members['n'] === null ? 1 : asCount(members['n'])
    if (count === null || count === 0) return null
    const variant = `${text(members['quality'], quality)}/${text(members['resolution'], '1k')}`
    return { unit: 'image', count, variant, inputs: inputsOf(facts) }
  }

// `auto`, the default since August 2026, is billed as it is served: low for a generated image, medium for an
// edited one. https://docs.x.ai/developers/release-notes.md
export const countGenerated = countImages('low')
export const countEdited = countImages('medium')

/** xAI's default for videos. https://docs.x.ai/developers/model-capabilities/video.md */
export const DEFAULT_RESOLUTION = '480p'

/** All that the price of a video depends on, except its length, which comes with the result. */
export const describeVideo = (facts: BodyFacts): BillableUnits => ({
  unit: 'videoSecond',
  count: 0,
  variant: text(facts.members['resolution'], DEFAULT_RESOLUTION),
  inputs: inputsOf(facts),
})

/** Null: no resolution is requested. An edited or extended video keeps that of its input, which is not reported. */
export const describeEditedVideo = (facts: BodyFacts): BillableUnits | null => {
  const resolution = text(facts.members['resolution'], '')
  return resolution === '' ? null : describeVideo(facts)
}

/** The characters to be spoken. Null: the text was too long to be kept. */
export function countText({ members }: BodyFacts): BillableUnits | null {
  const { text: spoken } = members
  return typeof spoken === 'string' ? { unit: 'character', count: Array.from(spoken).length } : null
}

export const oneSearch = (): BillableUnits => ({ unit: 'search', count: 1 })
