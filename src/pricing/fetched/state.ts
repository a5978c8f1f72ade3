import type { Fetched } from '../prices.ts'

/** A model whose bills are not what the price table says. */
export interface Drifting {
  model: string
  requests: number
  /** How much more the table says than xAI billed, as a share of that. */
  share: number
}

/** What is known of prices beyond the repository's table, as KV keeps it. */
export interface PriceState extends Fetched {
  /** When xAI's lists were last read; null: never. */
  checkedAtMs: number | null
  /** Why the last attempt failed; null: it did not. */
  problem: string | null
  drifting: Drifting[]
}

export const NOTHING_LEARNED: PriceState = {
  models: {},
  images: {},
  checkedAtMs: null,
  problem: null,
  drifting: [],
}

const FEWEST = 3
const DRIFT = 0.01

/** Whether the table and xAI's bills are further apart than chance on a few requests. */
export const isDrifting = (
  comparedTicks: number,
  listedTicks: number,
  comparedRequests: number,
): boolean =>
  comparedTicks > 0 &&
  comparedRequests >= FEWEST &&
  Math.abs(listedTicks - comparedTicks) > DRIFT * comparedTicks

export function driftWords({ model, share }: Pick<Drifting, 'model' | 'share'>): string {
  const percent = (Math.abs(share) * 100).toFixed(1)
  return `xAI bills ${model} ${percent}% ${share < 0 ? 'above' : 'below'} the price table; costs that xAI does not report itself are off by as much`
}
