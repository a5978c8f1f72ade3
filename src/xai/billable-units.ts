import { asCount } from '../metering/counts.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import type { BodyFacts } from './body-facts.ts'

/** Where images that go in may stand in a request. */
export const INPUT_IMAGES = ['image', 'images', 'reference_images', 'pinned_images'] as const

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' && value !== 'auto' ? value : otherwise

const inputsOf = ({ members }: BodyFacts): number =>
  INPUT_IMAGES.reduce((sum, name) => sum + (asCount(members[name]) ?? 0), 0)

/** As many images as were asked for; xAI makes one where nothing is said. Null: no number of images. */
const countImages =
  (quality: 'low' | 'medium') =>
  (facts: BodyFacts): BillableUnits | null => {
    const { members } = facts
    const count = members['n'] === undefined || members['n'] === null ? 1 : asCount(members['n'])
    if (count === null || count === 0) return null
    const variant = `${text(members['quality'], quality)}/${text(members['resolution'], '1k')}`
    return { unit: 'image', count, variant, inputs: inputsOf(facts) }
  }

// `auto`, since August 2026 also where nothing is said, is billed as it is served: low where an image is
// made, medium where one is edited. https://docs.x.ai/developers/release-notes.md
export const countGenerated = countImages('low')
export const countEdited = countImages('medium')

/** Of a video for which none is asked. https://docs.x.ai/developers/model-capabilities/video.md */
export const DEFAULT_RESOLUTION = '480p'

/** What the price of a video depends on but for its length, which its result says. */
export const describeVideo = (facts: BodyFacts): BillableUnits => ({
  unit: 'videoSecond',
  count: 0,
  variant: text(facts.members['resolution'], DEFAULT_RESOLUTION),
  inputs: inputsOf(facts),
})

/** An edited or extended video keeps the resolution of the one that goes in, which nobody says. */
export const describeEditedVideo = (facts: BodyFacts): BillableUnits | null => {
  const resolution = text(facts.members['resolution'], '')
  return resolution === '' ? null : describeVideo(facts)
}

/** The characters that are to be spoken. Null: too many to have been looked at. */
export function countText({ members }: BodyFacts): BillableUnits | null {
  const { text: spoken } = members
  return typeof spoken === 'string' ? { unit: 'character', count: Array.from(spoken).length } : null
}

export const oneSearch = (): BillableUnits => ({ unit: 'search', count: 1 })
