import { addUp, costOf, groupsOf } from '../../reports/usage/present.ts'
import type { Cell, Usage } from '../../reports/usage/store.ts'
import type { Range } from './range.ts'

const SHOWN = 7

/** The keys that cost most: what a chart has colours for. */
export const dearest = (cells: readonly Cell[]): string[] =>
  groupsOf(cells)
    .slice(0, SHOWN)
    .map(({ key }) => key)

export interface CostSeries {
  /** Null: all the others together. */
  key: string | null
  /** Of each bin. */
  costTicks: number[]
}

/** Cost over time: some keys each for itself, and what is left of all of it. */
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
  // What has come between the two readings is not the others'.
  const others = costs(all.cells).map((ticks, bin) => Math.max(0, ticks - (ofSome[bin] ?? 0)))
  return others.every((ticks) => ticks === 0)
    ? series
    : [...series, { key: null, costTicks: others }]
}

/** By how much a figure differs from the one before, as a share of it; null: one of them is not known, or there was none. */
export const change = (now: number | null, before: number | null): number | null =>
  now === null || !before ? null : now / before - 1

/** What a cost comes to by the end of its period, if it goes on as it has so far. */
export const heading = (ticks: number, { fromMs, endMs }: Range, nowMs: number): number | null =>
  endMs === null || nowMs <= fromMs
    ? null
    : Math.round((ticks / (nowMs - fromMs)) * (endMs - fromMs))
