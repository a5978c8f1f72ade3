import { addUp, costOf, groupsOf } from '../../reports/usage/present.ts'
import type { Cell, Usage } from '../../reports/usage/store.ts'
import type { Range } from './range.ts'

const SHOWN = 7

/** The most expensive keys, as many as the chart has colours for. */
export const mostExpensive = (cells: readonly Cell[]): string[] =>
  groupsOf(cells)
    .slice(0, SHOWN)
    .map(({ key }) => key)

export interface CostSeries {
  /** Null: all other keys together. */
  key: string | null
  /** One value per bin. */
  costTicks: number[]
}

/** Cost over time: one series per key of `some`, and one for the rest of `all`. */
export function costSeries(starts: readonly number[], some: Usage, all: Usage): CostSeries[] {
  const costs = (cells: readonly Cell[]): number[] => {
    const byBin = Map.groupBy(cells, ({ bin }) => bin)
    return starts.map((_, bin) => costOf(addUp(byBin.get(bin) ?? [])))
  }
  const series: CostSeries[] = groupsOf(some.cells).map(({ key }) => ({
    key,
    costTicks: costs(some.cells.filter((cell) => cell.key === key)),
  }))
  const ofSome = costs(some.cells)
  // Requests that arrived between the two queries can make the rest negative.
  const others = costs(all.cells).map((ticks, bin) => Math.max(0, ticks - (ofSome[bin] ?? 0)))
  return others.every((ticks) => ticks === 0)
    ? series
    : [...series, { key: null, costTicks: others }]
}

/** The cost at the end of the period, projected linearly. Null: the period has no end, or has not begun. */
export const heading = (ticks: number, { fromMs, endMs }: Range, nowMs: number): number | null =>
  endMs === null || nowMs <= fromMs
    ? null
    : Math.round((ticks / (nowMs - fromMs)) * (endMs - fromMs))
