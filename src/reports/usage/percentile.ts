import type { Bucket } from './store.ts'

/** A bucket b has times from 1.1^b up to 1.1^(b+1) ms. */
export const BUCKET_WIDTH = 1.1

/**
 * The time below which a share of the requests stays, in milliseconds. Null: no requests. The buckets must be in
 * order. The times of a bucket are taken to be spread evenly over it; wherever they are, it is right within 10%.
 */
export function percentileMs(buckets: readonly Bucket[], share: number): number | null {
  const all = buckets.reduce((sum, { requests }) => sum + requests, 0)
  // The request at which the share is reached, counted from 1.
  const rank = Math.max(1, Math.ceil(share * all))
  let before = 0
  for (const { bucket, requests } of buckets) {
    if (before + requests >= rank) {
      const part = (rank - before - 0.5) / requests
      return Math.round(BUCKET_WIDTH ** (bucket + part) * 10) / 10
    }
    before += requests
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
