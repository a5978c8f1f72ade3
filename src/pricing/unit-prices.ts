import type { BillableUnits, Unit } from '../metering/billable-units.ts'
import { effectiveAt, type Dated } from './dated.ts'
import table from './prices.json' with { type: 'json' }

interface UnitPriceRow {
  /** Absent: only variants have prices. */
  each?: number
  /** The number of units that the price is for; absent: 1. */
  per?: number
  /** Prices by variant; `*` stands for any quality. */
  variants?: Record<string, number>
  /** The price of an input image; absent: not known. */
  input?: number
}
interface UnitPriceModel {
  aliases: string[]
  rows: Dated<UnitPriceRow>[]
}

const entries: Record<Unit, Record<string, UnitPriceModel>> = table.pieces

/** Each unit's rows, by every name of a model. */
const prices = Object.fromEntries(
  Object.entries(entries).map(([unit, models]) => [
    unit,
    new Map(
      Object.entries(models).flatMap(([name, { aliases, rows }]) =>
        [name, ...aliases].map((each) => [each, rows] as const),
      ),
    ),
  ]),
) as unknown as Record<Unit, ReadonlyMap<string, readonly Dated<UnitPriceRow>[]>>

/** Whether images of this model have several prices, by quality and resolution. */
export const hasVariants = (model: string): boolean =>
  prices.image.get(model)?.some(({ variants }) => variants) === true

/** Null: there is no price. The row `*` is for units that cost the same whatever the model. */
export function priceUnits(
  { unit, count, variant, inputs = 0 }: BillableUnits,
  model: string | null,
  atMs: number,
  fetchedImages: Record<string, Dated<UnitPriceRow>[]> = {},
): number | null {
  const rows = (model === null ? undefined : prices[unit].get(model)) ?? prices[unit].get('*') ?? []
  const isFetched = unit === 'image' && model !== null && Object.hasOwn(fetchedImages, model)
  const fetched = isFetched ? (fetchedImages[model] ?? []) : []
  const row = effectiveAt([...rows, ...fetched], atMs)
  if (row === null) return null
  const each = variant === undefined ? row.each : (variantOf(row, variant) ?? row.each)
  // xAI's lists have no price for input images.
  const input = row.input ?? effectiveAt(rows, atMs)?.input
  // Input images without a known price are not known to be free.
  if (each === undefined || (inputs > 0 && input === undefined)) return null
  const ticks = Math.round((count * each) / (row.per ?? 1)) + inputs * (input ?? 0)
  return Number.isSafeInteger(ticks) ? ticks : null
}

/** Undefined: the row has no price for this variant. */
function variantOf({ variants }: UnitPriceRow, variant: string): number | undefined {
  if (variants === undefined) return undefined
  const [, ...rest] = variant.split('/')
  return variants[variant] ?? variants[['*', ...rest].join('/')]
}
