import { decimalUsd } from '../web/format.ts'
import type { UsageQuery } from './input.ts'
import { mergeBuckets, percentileMs } from './percentile.ts'
import type { Bucket, Cell, Sums, Usage } from './store.ts'

const NOTHING: Sums = {
  requests: 0,
  failed: 0,
  aborted: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  reportedTicks: 0,
  computedTicks: 0,
  estimatedTicks: 0,
  unknownCosts: 0,
}

export const costOf = (sums: Sums): number =>
  sums.reportedTicks + sums.computedTicks + sums.estimatedTicks

export function addUp(list: readonly Sums[]): Sums {
  const sums = { ...NOTHING }
  for (const one of list)
    for (const field of Object.keys(NOTHING) as (keyof Sums)[]) sums[field] += one[field]
  return sums
}

export interface Group extends Sums {
  key: string
}

/** Each key over all bins, the dearest first. */
export function groupsOf(cells: readonly Cell[]): Group[] {
  const byKey = Map.groupBy(cells, ({ key }) => key)
  return [...byKey]
    .map(([key, list]) => ({ key, ...addUp(list) }))
    .toSorted((one, other) => costOf(other) - costOf(one) || other.requests - one.requests)
}

/** Sums as the API tells them. Money in ticks and as a decimal of USD. */
export function presentSums(sums: Sums) {
  const costTicks = costOf(sums)
  const { requests, failed, aborted, inputTokens, cachedTokens, outputTokens, reasoningTokens } =
    sums
  return {
    requests,
    failed,
    aborted,
    inputTokens,
    cachedTokens,
    outputTokens,
    reasoningTokens,
    costTicks,
    costUsd: decimalUsd(costTicks),
    reportedTicks: sums.reportedTicks,
    computedTicks: sums.computedTicks,
    estimatedTicks: sums.estimatedTicks,
    unknownCosts: sums.unknownCosts,
  }
}

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

export const ofBin = (buckets: readonly Bucket[], bin: number): Bucket[] =>
  buckets.filter((bucket) => bucket.bin === bin)

const iso = (ms: number): string => new Date(ms).toISOString()

export function presentUsage(query: UsageQuery, { starts, cells }: Usage) {
  const { fromMs, beforeMs, interval = null, groupBy = null, zone } = query
  const present = (list: readonly Cell[]): object[] =>
    groupsOf(list).map(({ key, ...sums }) => ({
      key: key === '' ? null : key,
      ...presentSums(sums),
    }))
  const byBin = Map.groupBy(cells, ({ bin }) => bin)
  return {
    from: iso(fromMs),
    to: iso(beforeMs),
    interval,
    groupBy,
    zone,
    total: presentSums(addUp(cells)),
    groups: groupBy && present(cells),
    series:
      interval &&
      starts.map((startMs, bin) => {
        const ofBin = byBin.get(bin) ?? []
        const total = presentSums(addUp(ofBin))
        return { start: iso(startMs), total, groups: groupBy && present(ofBin) }
      }),
  }
}

export function presentLatency(query: UsageQuery, { starts, firstByte, total }: Usage) {
  const { fromMs, beforeMs, interval = null, zone } = query
  return {
    from: iso(fromMs),
    to: iso(beforeMs),
    interval,
    zone,
    firstByteMs: percentiles(firstByte),
    totalMs: percentiles(total),
    series:
      interval &&
      starts.map((startMs, bin) => ({
        start: iso(startMs),
        firstByteMs: percentiles(ofBin(firstByte, bin)),
        totalMs: percentiles(ofBin(total, bin)),
      })),
  }
}
