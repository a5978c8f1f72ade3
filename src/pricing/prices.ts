import { effectiveAt, type Dated } from './dated.ts'
import table from './prices.json' with { type: 'json' }
import { ONCE, type Ratio } from '../metering/ratio.ts'

export interface Rates {
  input: number
  cached: number | null
  output: number
}
export interface PriceRow extends Rates {
  long?: Rates & { threshold: number }
}
type ModelRow = Dated<PriceRow | { as: string }>
interface Model {
  aliases: string[]
  /** The context window: prompt and answer together. */
  contextTokens: number
  /** The price in a batch, as a ratio of the usual price; absent: not known. */
  batch?: Ratio
  rows: ModelRow[]
}

/** Rows fetched since from xAI's own lists, by every name of a model. */
export interface Fetched {
  models: Record<string, (PriceRow & { from: string })[]>
  images: Record<string, { each: number; from: string }[]>
}

export interface Prices {
  models: ReadonlyMap<string, readonly ModelRow[]>
  images: Fetched['images']
  /** The ratio for xAI's host that this deployment uses: some regions cost more. */
  host: Ratio
}

const entries: Record<string, Model> = table.models
const hosts: Record<string, Ratio> = table.hosts

/** Every name of a model → the name of its entry. */
const names = new Map(
  Object.entries(entries).flatMap(([name, { aliases }]) =>
    [name, ...aliases].map((each) => [each, name] as const),
  ),
)

/** The repository's price table, without fetched rows. */
export const TABLE: Prices = {
  models: new Map([...names].map(([each, name]) => [each, entries[name]!.rows])),
  images: {},
  host: ONCE,
}

const fromMs = ({ from }: ModelRow): number => (from === undefined ? 0 : Date.parse(from))

/** The table and the fetched rows, in date order. */
export function withFetched({ models, images }: Fetched, host: Ratio = ONCE): Prices {
  const all = new Map(TABLE.models)
  for (const [name, rows] of Object.entries(models)) {
    const known = [...(all.get(name) ?? []), ...rows]
    all.set(
      name,
      known.toSorted((one, other) => fromMs(one) - fromMs(other)),
    )
  }
  return { models: all, images, host }
}

/** `origin`: xAI's origin for this deployment, as `https://us.api.x.ai`. */
export function hostRatio(origin: string): Ratio {
  const { hostname } = new URL(origin)
  return Object.hasOwn(hosts, hostname) ? hosts[hostname]! : ONCE
}

/** The price of a model at a time; null: not known. A retired model costs as much as the one xAI redirects it to. */
export function findPrice(model: string, atMs: number, prices: Prices = TABLE): PriceRow | null {
  const row = effectiveAt(prices.models.get(model) ?? [], atMs)
  if (row === null) return null
  return 'as' in row ? findPrice(row.as, atMs, prices) : row
}

const entryOf = (model: string): Model | null => {
  const name = names.get(model)
  return name === undefined ? null : entries[name]!
}

/** The price in a batch, as a ratio of the usual price; null: not known for this model. */
export const batchRatio = (model: string): Ratio | null => entryOf(model)?.batch ?? null

/** The context window of a model, or of the one xAI redirects it to at that time; null: not known. */
export function contextTokens(model: string, atMs: number): number | null {
  const entry = entryOf(model)
  const row = entry && effectiveAt(entry.rows, atMs)
  if (!entry || !row) return null
  return 'as' in row ? contextTokens(row.as, atMs) : entry.contextTokens
}

/** The same for images and videos, which are billed by the unit. Voices are left out: models may share a row. */
const pieceNames = new Map(
  Object.entries({ ...table.pieces.image, ...table.pieces.videoSecond }).flatMap(
    ([name, { aliases }]) => [name, ...aliases].map((each) => [each, name] as const),
  ),
)
const ownName = (model: string): string | undefined => names.get(model) ?? pieceNames.get(model)

/** The name under which budgets know a model: its aliases, and the dates of its versions, are the same one. */
export const plainModel = (name: string): string =>
  ownName(name) ?? ownName(name.replace(VERSION, '')) ?? name.replace(VERSION, '')

/** Whether the table has a model of this name. */
export const isModel = (name: string): boolean => ownName(name) !== undefined

// A suffix that does not name another model: `-latest`, or the date of a version.
const SUFFIX = '-(?:latest|beta|preview|\\d{4,8})$'
const VERSION = new RegExp(SUFFIX)
const VERSION_ALONE = new RegExp(`^${SUFFIX}`)

/** Whether two names mean the same model. */
export function isSameModel(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [ownName(one), ownName(other)]
  if (a !== undefined && b !== undefined) return a === b
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return long.startsWith(short) && VERSION_ALONE.test(long.slice(short.length))
}
