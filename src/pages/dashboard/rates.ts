import { costOf } from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'

/** By how much the price table is above xAI's own bill, as a share of it; null: nothing to compare. */
export const drift = ({ comparedTicks, listedTicks }: Sums): number | null =>
  comparedTicks === 0 ? null : listedTicks / comparedTicks - 1

/** A share with its sign: what is not quite nothing is not said to be nothing. */
export function signed(value: number): string {
  const percent = Math.abs(value * 100)
  const digits = percent > 0 && percent < 0.05 ? 4 : 1
  return `${value < 0 ? '−' : value > 0 ? '+' : ''}${percent.toFixed(digits)}%`
}

/** Ticks a request, and ticks a thousand tokens of output; null: there were none. */
export const perRequest = (sums: Sums): number | null =>
  sums.requests === 0 ? null : Math.round(costOf(sums) / sums.requests)
export const perThousandOutput = (sums: Sums): number | null =>
  sums.outputTokens === 0 ? null : Math.round((costOf(sums) / sums.outputTokens) * 1_000)
