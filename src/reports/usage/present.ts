import type * as z from 'zod'
import { SUMS } from '../../ledger/measures.ts'
import type { Outstanding } from '../../ledger/async-jobs/store.ts'
import type { Redirect } from './redirects-store.ts'
import { decimalUsd } from '../../http/format.ts'
import type { latencyAnswer, sumsAnswer, usageAnswer } from './answer.ts'
import type { TimeQuery, UsageQuery } from './input.ts'
import { mergeBuckets, percentileMs } from './percentile.ts'
import type { Sums } from './sql.ts'
import { NOTHING, type Bucket, type Cell, type Usage } from './store.ts'

const FIELDS = Object.values(SUMS)

/** The parts that a cost is the sum of. */
export const COSTS = ['reportedTicks', 'computedTicks', 'estimatedTicks'] as const

export const costOf = (sums: Sums): number =>
  sums.reportedTicks + sums.computedTicks + sums.estimatedTicks

export function addUp(list: readonly Sums[]): Sums {
  const sums = { ...NOTHING }
  for (const one of list) for (const field of FIELDS) sums[field] += one[field]
  return sums
}

export interface Group extends Sums {
  key: string
}

/** The sums of each key over all bins, the most expensive first. */
export function groupsOf(cells: readonly Cell[]): Group[] {
  const byKey = Map.groupBy(cells, ({ key }) => key)
  return [...byKey]
    .map(([key, list]) => ({ key, ...addUp(list) }))
    .toSorted((one, other) => costOf(other) - costOf(one) || other.requests - one.requests)
}

/** Sums as the API returns them. Money in ticks and as a decimal of USD. */
export function presentSums(sums: Sums): z.output<typeof sumsAnswer> {
  const {
    overheadMs: _own,
    timedTokens: _tokens,
    timedMs: _ms,
    timedRequests: _timed,
    ...told
  } = sums
  const costTicks = costOf(sums)
  return {
    ...told,
    costTicks,
    costUsd: decimalUsd(costTicks),
    savedUsd: decimalUsd(sums.savedTicks),
    outputTokensPerSecond: tokensPerSecond(sums),
  }
}

/**
 * Output tokens per second of complete answers, from the request to the last byte, to one decimal. Null: there
 * are none.
 */
export const tokensPerSecond = ({ timedTokens, timedMs }: Sums): number | null =>
  timedMs === 0 ? null : Math.round((timedTokens / timedMs) * 10_000) / 10

const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const

export const percentiles = (
  buckets: readonly Bucket[],
): Record<keyof typeof SHARES, number | null> => {
  const merged = mergeBuckets(buckets)
  return {
    p50: percentileMs(merged, SHARES.p50),
    p95: percentileMs(merged, SHARES.p95),
    p99: percentileMs(merged, SHARES.p99),
  }
}

/** Metrion's average overhead per request, in milliseconds. Null: no request has a known time. */
export function overheadMeanMs(cells: readonly Cell[]): number | null {
  const { overheadMs, timedRequests } = addUp(cells)
  return timedRequests === 0 ? null : Math.round((overheadMs / timedRequests) * 100) / 100
}

const iso = (ms: number): string => new Date(ms).toISOString()

export const presentRange = ({ fromMs, beforeMs, interval, zone }: TimeQuery) => ({
  from: iso(fromMs),
  to: iso(beforeMs),
  interval: interval ?? null,
  zone,
})

/** The parts of a usage answer that are not sums. */
export interface Beside {
  redirects: readonly Redirect[]
  outstanding: Outstanding
}

export function presentUsage(
  query: UsageQuery,
  { starts, cells }: Usage,
  { redirects, outstanding }: Beside,
): z.output<typeof usageAnswer> {
  const { interval, groupBy = null } = query
  const present = (list: readonly Cell[]) =>
    groupsOf(list).map(({ key, ...sums }) => ({
      key: key === '' ? null : key,
      ...presentSums(sums),
    }))
  const cellsOf = byBin(cells)
  return {
    ...presentRange(query),
    groupBy,
    total: presentSums(addUp(cells)),
    groups: groupBy && present(cells),
    series: interval
      ? starts.map((startMs, bin) => {
          const inBin = cellsOf.get(bin) ?? []
          const total = presentSums(addUp(inBin))
          return { start: iso(startMs), total, groups: groupBy && present(inBin) }
        })
      : null,
    redirects: redirects.map((one) => ({ ...one, costUsd: decimalUsd(one.costTicks) })),
    outstanding: {
      count: outstanding.count,
      oldestAt: outstanding.oldestAtMs === null ? null : iso(outstanding.oldestAtMs),
    },
  }
}

const byBin = <T extends { bin: number }>(list: readonly T[]): Map<number, T[]> =>
  Map.groupBy(list, ({ bin }) => bin)

/** The parts of a usage, for each step. */
export function stepsOf({ starts, cells, firstByte, total }: Usage): Told[] {
  const parts = { cells: byBin(cells), firstByte: byBin(firstByte), total: byBin(total) }
  return starts.map((_, bin) => ({
    cells: parts.cells.get(bin) ?? [],
    firstByte: parts.firstByte.get(bin) ?? [],
    total: parts.total.get(bin) ?? [],
  }))
}

export function presentLatency(query: TimeQuery, usage: Usage): z.output<typeof latencyAnswer> {
  return {
    ...presentRange(query),
    ...latenciesOf(usage),
    series: query.interval
      ? stepsOf(usage).map((step, bin) => ({
          start: iso(usage.starts[bin]!),
          ...latenciesOf(step),
        }))
      : null,
  }
}

type Told = Pick<Usage, 'cells' | 'firstByte' | 'total'>

/** Latency percentiles and Metrion's mean overhead. */
export const latenciesOf = ({ cells, firstByte, total }: Told) => ({
  firstByteMs: percentiles(firstByte),
  totalMs: percentiles(total),
  overheadMeanMs: overheadMeanMs(cells),
})
