import { inForce, type Dated } from '../pricing/dated.ts'
import table from '../pricing/prices.json' with { type: 'json' }

export type Unit = keyof typeof table.pieces

/** What is billed by the piece rather than by the token. */
export interface Pieces {
  unit: Unit
  count: number
  /** Where a model has several prices: quality and resolution of an image, as `medium/1k`; `720p` of a video. */
  variant?: string | undefined
  /** Images that went in, which cost something, too. */
  inputs?: number | undefined
}

interface PieceRow {
  /** Absent: there are only variants. */
  each?: number
  /** The price is of so many. */
  per?: number
  /** By what is asked for; `*` stands for any part of it. */
  variants?: Record<string, number>
  /** Of an image that goes in. */
  input?: number
}
interface PieceModel {
  aliases: string[]
  rows: Dated<PieceRow>[]
}

export const UNITS = Object.keys(table.pieces) as [Unit, ...Unit[]]

const entries: Record<Unit, Record<string, PieceModel>> = table.pieces

/** Each unit's rows, by every name that a model has. */
const prices = Object.fromEntries(
  Object.entries(entries).map(([unit, models]) => [
    unit,
    new Map(
      Object.entries(models).flatMap(([name, { aliases, rows }]) =>
        [name, ...aliases].map((each) => [each, rows] as const),
      ),
    ),
  ]),
) as unknown as Record<Unit, ReadonlyMap<string, readonly Dated<PieceRow>[]>>

/** Images of this model have several prices, by quality and resolution. */
export const hasVariants = (model: string): boolean =>
  prices.image.get(model)?.some(({ variants }) => variants) === true

/** Null: there is no price. Where a unit costs the same whatever the model, its row is `*`. */
export function pricePieces(
  { unit, count, variant, inputs = 0 }: Pieces,
  model: string | null,
  atMs: number,
  learnedImages: Record<string, Dated<PieceRow>[]> = {},
): number | null {
  const rows = (model === null ? undefined : prices[unit].get(model)) ?? prices[unit].get('*') ?? []
  const isLearned = unit === 'image' && model !== null && Object.hasOwn(learnedImages, model)
  const learned = isLearned ? (learnedImages[model] ?? []) : []
  const row = inForce([...rows, ...learned], atMs)
  if (row === null) return null
  const each = variant === undefined ? row.each : (variantOf(row, variant) ?? row.each)
  // xAI's lists say nothing of what goes in.
  const input = row.input ?? inForce(rows, atMs)?.input
  // That is not known to be free.
  if (each === undefined || (inputs > 0 && input === undefined)) return null
  const ticks = Math.round((count * each) / (row.per ?? 1)) + inputs * (input ?? 0)
  return Number.isSafeInteger(ticks) ? ticks : null
}

/** Null-ish: a row with variants has no price for another one. */
function variantOf({ variants }: PieceRow, variant: string): number | undefined {
  if (variants === undefined) return undefined
  const [, ...rest] = variant.split('/')
  return variants[variant] ?? variants[['*', ...rest].join('/')]
}
