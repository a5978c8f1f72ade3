import { inForce, type Dated } from './dated.ts'
import table from './prices.json' with { type: 'json' }

export interface Rates {
  input: number
  cached: number | null
  output: number
}
export interface PriceRow extends Rates {
  long?: Rates & { threshold: number }
}
type ModelRow = Dated<PriceRow | { as: string }>

/** What has been learned since from xAI's own lists, by every name that a model has. */
export interface Learned {
  models: Record<string, (PriceRow & { from: string })[]>
  images: Record<string, { each: number; from: string }[]>
}

/** What things cost, and from when on. */
export interface Prices {
  models: ReadonlyMap<string, readonly ModelRow[]>
  images: Learned['images']
}

const entries: Record<string, { aliases: string[]; rows: ModelRow[] }> = table.models

/** The table of the repository: what stands where nothing has been learned. */
export const TABLE: Prices = {
  models: new Map(
    Object.entries(entries).flatMap(([name, { aliases, rows }]) =>
      [name, ...aliases].map((each) => [each, rows] as const),
    ),
  ),
  images: {},
}

const fromMs = ({ from }: ModelRow): number => (from === undefined ? 0 : Date.parse(from))

/** The table with what has been learned beside it, in the order of the dates. */
export function withLearned({ models, images }: Learned): Prices {
  const all = new Map(TABLE.models)
  for (const [name, rows] of Object.entries(models)) {
    const known = [...(all.get(name) ?? []), ...rows]
    all.set(
      name,
      known.toSorted((one, other) => fromMs(one) - fromMs(other)),
    )
  }
  return { models: all, images }
}

/** The price of a model at a time, a retired model's being that of the one xAI redirects it to. */
export function findPrice(model: string, atMs: number, prices: Prices = TABLE): PriceRow | null {
  const row = inForce(prices.models.get(model) ?? [], atMs)
  if (row === null) return null
  return 'as' in row ? findPrice(row.as, atMs, prices) : row
}
