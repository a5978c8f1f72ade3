import type { Bucket } from './store.ts'

// A bucket b has times from 1.1^b up to 1.1^(b+1) ms; its middle is within 5% of each of them.
const BASE = 1.1

/**
 * The time below which a share of the requests stays, in milliseconds, within 5%. Null: no requests. The
 * buckets must be in order.
 */
export function percentileMs(buckets: readonly Bucket[], share: number): number | null {
  const all = buckets.reduce((sum, { requests }) => sum + requests, 0)
  let seen = 0
  for (const { bucket, requests } of buckets) {
    seen += requests
    if (seen >= share * all) return Math.round(BASE ** (bucket + 0.5) * 10) / 10
  }
  return null
}

/** Merges the buckets of several bins and keys into those of one. */
export function mergeBuckets(buckets: readonly Bucket[]): Bucket[] {
  const merged = new Map<number, number>()
  for (const { bucket, requests } of buckets)
    merged.set(bucket, (merged.get(bucket) ?? 0) + requests)
  return [...merged]
    .toSorted(([one], [other]) => one - other)
    .map(([bucket, requests]) => ({ bin: 0, key: '', bucket, requests }))
}
