import type { Labels, Sample } from './exposition.ts'

/** A bucket of the ledger's histograms has times from 1.1^bucket to 1.1^(bucket + 1) ms. */
const BASE = 1.1
/** Every seventh of them, about a doubling each: from 14 ms to 20 minutes. Their ends are exact. */
const ENDS = Array.from({ length: 18 }, (_, index) => 28 + 7 * index)
/** In seconds; short, and the same in every scrape: they are names of series. */
const NAMES = ENDS.map((end) => String(Number((BASE ** end / 1_000).toPrecision(6))))

/** A histogram's samples, in seconds. `requests`: the number of requests by bucket. The sum is exact to 5%. */
export function histogramSamples(
  labels: Labels,
  requests: Readonly<Record<string, number>>,
): Sample[] {
  const counts = new Float64Array(ENDS.length)
  let [total, seconds] = [0, 0]
  for (const [name, count] of Object.entries(requests)) {
    const bucket = Number(name)
    total += count
    seconds += (count * BASE ** (bucket + 0.5)) / 1_000
    // The first end beyond the bucket; later ones include it, too.
    const first = ENDS.findIndex((end) => bucket < end)
    if (first !== -1) counts[first]! += count
  }
  let below = 0
  return [
    ...NAMES.map((le, index) => ({
      suffix: '_bucket',
      labels: { ...labels, le },
      value: (below += counts[index]!),
    })),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: total },
    { suffix: '_sum', labels, value: Number(seconds.toPrecision(12)) },
    { suffix: '_count', labels, value: total },
  ]
}
