/** What xAI bills by the unit rather than by the token. Every unit has prices: `pricing/unit-prices.ts`. */
export const UNITS = [
  'image',
  'videoSecond',
  'audioSecond',
  'character',
  'search',
  'streamedAudioSecond',
  'realtimeSecond',
] as const

export type Unit = (typeof UNITS)[number]

/** So many of a unit, and what their price depends on. */
export interface BillableUnits {
  unit: Unit
  count: number
  /** Where a model has several prices: quality and resolution of an image, as `medium/1k`; `720p` of a video. */
  variant?: string | undefined
  /** Images that went in, which cost something, too. */
  inputs?: number | undefined
}
