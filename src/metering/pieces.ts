import { inForce, type Dated } from './dated.ts'
import table from './prices.json' with { type: 'json' }

export type Unit = keyof typeof table.pieces

/** What is billed by the piece rather than by the token. */
export interface Pieces {
  unit: Unit
  count: number
  /** Where a model has several prices: quality and resolution, as `medium/1k`. */
  variant?: string
}

interface PieceRow {
  each: number
  /** The price is of so many. */
  per?: number
  variants?: Record<string, number>
}

const prices: Record<Unit, Record<string, Dated<PieceRow>[]>> = table.pieces

/** Images of this model have several prices, by quality and resolution. */
export const hasVariants = (model: string): boolean =>
  Object.hasOwn(prices.image, model) && prices.image[model]!.some(({ variants }) => variants)

/** Null: there is no price. Where a unit costs the same whatever the model, its row is `*`. */
export function pricePieces(
  { unit, count, variant }: Pieces,
  model: string | null,
  atMs: number,
  learnedImages: Record<string, Dated<PieceRow>[]> = {},
): number | null {
  const ofUnit = prices[unit]
  const rows = (model !== null && Object.hasOwn(ofUnit, model) && ofUnit[model]) || ofUnit['*']
  const isLearned = unit === 'image' && model !== null && Object.hasOwn(learnedImages, model)
  const learned = isLearned ? (learnedImages[model] ?? []) : []
  const row = inForce([...(rows ?? []), ...learned], atMs)
  if (row === null) return null
  const each = (variant !== undefined && row.variants?.[variant]) || row.each
  return Math.round((count * each) / (row.per ?? 1))
}
