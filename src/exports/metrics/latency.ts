import type { Labels, Sample } from './exposition.ts'

/** A bucket of the ledger's histograms has times from 1.1^bucket to 1.1^(bucket + 1) ms. */
const BASE = 1.1
/** Every seventh of them, about a doubling each: from 14 ms to 20 minutes. Their ends are exact. */
const ENDS = Array.from({ length: 18 }, (_, index) => 28 + 7 * index)
/** Short, and the same in every scrape: they are names of series. */
const nameOf = (end: number): string => String(Number((BASE ** end / 1_000).toPrecision(6)))

/** A histogram's samples, in seconds. `requests`: the number of requests by bucket. The sum is exact to 5%. */
export function histogramSamples(
  labels: Labels,
  requests: Readonly<Record<string, number>>,
): Sample[] {
  const buckets = Object.entries(requests).map(
    ([bucket, count]) => [Number(bucket), count] as const,
  )
  const below = (end: number): number =>
    buckets.reduce((sum, [bucket, count]) => (bucket < end ? sum + count : sum), 0)
  const total = below(Number.POSITIVE_INFINITY)
  const seconds = buckets.reduce(
    (sum, [bucket, count]) => sum + (count * BASE ** (bucket + 0.5)) / 1_000,
    0,
  )
  return [
    ...ENDS.map((end) => ({
      suffix: '_bucket',
      labels: { ...labels, le: nameOf(end) },
      value: below(end),
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: total },
    { suffix: '_sum', labels, value: Number(seconds.toPrecision(12)) },
    { suffix: '_count', labels, value: total },
  ]
}
