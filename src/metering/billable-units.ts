/** Units that xAI bills instead of tokens. Every unit has prices: `pricing/unit-prices.ts`. */
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

/** A number of units, and what their price depends on. */
export interface BillableUnits {
  unit: Unit
  count: number
  /** Selects one of a model's prices: quality and resolution of an image (`medium/1k`), or of a video (`720p`). */
  variant?: string | undefined
  /** The number of input images, which are billed, too. */
  inputs?: number | undefined
}
