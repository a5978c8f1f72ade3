import type { Fetched } from './prices.ts'

/** A model whose bills differ from the price table. */
export interface Drifting {
  model: string
  requests: number
  /** (Cost by the table − xAI's bill) / xAI's bill. */
  share: number
}

/** Prices known beyond the repository's table, as stored in KV. */
export interface PriceState extends Fetched {
  /** The time at which xAI's lists were last read; null: never. */
  checkedAtMs: number | null
  /** The reason why the last attempt failed; null: it did not. */
  problem: string | null
  drifting: Drifting[]
  /** The models of xAI's lists, by all their names, as read last. */
  listed: string[]
  /** Models that xAI's lists do not have any more → since when. */
  delisted: Record<string, number>
}

/** The lists, after xAI's answer: names that were listed and are not any more, and have not come back. */
export function withLists(
  { listed, delisted }: Pick<PriceState, 'listed' | 'delisted'>,
  names: readonly string[],
  nowMs: number,
): Pick<PriceState, 'listed' | 'delisted'> {
  // An empty list is no news: all models would be gone.
  if (names.length === 0) return { listed, delisted }
  const now = new Set(names)
  const gone = Object.entries(delisted).filter(
    ([name, sinceMs]) => !now.has(name) && nowMs - sinceMs < REMEMBERED_MS,
  )
  const fresh = listed
    .filter((name) => !now.has(name))
    .map((name): [string, number] => [name, nowMs])
  return { listed: [...now], delisted: Object.fromEntries([...fresh, ...gone]) }
}

/** A model that is gone so long is in use by nobody. */
const REMEMBERED_MS = 90 * 24 * 3_600_000

export const NOTHING_LEARNED: PriceState = {
  models: {},
  images: {},
  checkedAtMs: null,
  problem: null,
  drifting: [],
  listed: [],
  delisted: {},
}

const FEWEST = 3
const DRIFT = 0.01

/** The table and xAI's bills differ by more than DRIFT. Over fewer than FEWEST requests that may be chance. */
export const isDrifting = (
  comparedTicks: number,
  listedTicks: number,
  comparedRequests: number,
): boolean =>
  comparedTicks > 0 &&
  comparedRequests >= FEWEST &&
  Math.abs(listedTicks - comparedTicks) > DRIFT * comparedTicks

export function driftWords({ model, share }: Pick<Drifting, 'model' | 'share'>): string {
  // `share` is a part of xAI's bill; people compare the bill with the table.
  const above = 1 / (1 + share) - 1
  const percent = (Math.abs(above) * 100).toFixed(1)
  return `xAI bills ${model} ${percent}% ${above > 0 ? 'above' : 'below'} the price table; costs that xAI does not report itself are off by as much`
}
