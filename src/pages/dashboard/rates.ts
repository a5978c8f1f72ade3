import { costOf } from '../../reports/usage/present.ts'
import type { Sums } from '../../reports/usage/sql.ts'

/** The price difference: table ÷ xAI's bill − 1. Null: no bill to compare with. */
export const drift = ({ comparedTicks, listedTicks }: Sums): number | null =>
  comparedTicks === 0 ? null : listedTicks / comparedTicks - 1

/** A signed percentage. Shares below 0.05% get four digits, so that they do not read as zero. */
export function signed(value: number): string {
  const percent = Math.abs(value * 100)
  const digits = percent > 0 && percent < 0.05 ? 4 : 1
  return `${value < 0 ? '−' : value > 0 ? '+' : ''}${percent.toFixed(digits)}%`
}

/** Ticks per request, and ticks per 1,000 output tokens. Null: there were none. */
export const perRequest = (sums: Sums): number | null =>
  sums.requests === 0 ? null : Math.round(costOf(sums) / sums.requests)
export const perThousandOutput = (sums: Sums): number | null =>
  sums.outputTokens === 0 ? null : Math.round((costOf(sums) / sums.outputTokens) * 1_000)
