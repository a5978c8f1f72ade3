import { expect, test } from 'vitest'
import { change, changeInPoints, changeOfPercentile } from '../../../src/pages/dashboard/change.ts'
import { percentileMs } from '../../../src/reports/usage/percentile.ts'

test('a rate changes in points', () => {
  expect(changeInPoints(0.04, 0.02)).toBe('+2.0 points')
  expect(changeInPoints(0.005, 0.03)).toBe('−2.5 points')
  expect(changeInPoints(0.0201, 0.02)).toBe('no change')
  expect(changeInPoints(0.02, 0)).toBe('+2.0 points')
  expect([changeInPoints(null, 0.02), changeInPoints(0.02, null)]).toEqual([null, null])
})

test('an amount changes in percent', () => {
  expect([change(105, 100), change(50, 100), change(1, 0), change(null, 1)]).toEqual([
    '+5.0%',
    '−50.0%',
    null,
    null,
  ])
})

const of = (...buckets: readonly (readonly [bucket: number, requests: number])[]) =>
  buckets.map(([bucket, requests]) => ({ bin: 0, key: '', bucket, requests }))

test('a percentile moves inside its bucket, and a change within a bucket is not told', () => {
  // 1,000 requests from 1.1^60 to 1.1^61 ms, spread evenly in logarithms.
  const [low, high] = [1.1 ** 60, 1.1 ** 61]
  const [p5, p50, p95] = [0.05, 0.5, 0.95].map((share) => percentileMs(of([60, 1_000]), share)!)
  expect(p5! / low).toBeCloseTo(1.1 ** 0.05, 2)
  expect(p50! / Math.sqrt(low * high)).toBeCloseTo(1, 3)
  expect(p95! / low).toBeCloseTo(1.1 ** 0.95, 2)
  // One request stands in the middle of its bucket, whatever share is asked for.
  expect(percentileMs(of([60, 1]), 0.99)).toBe(percentileMs(of([60, 1]), 0.01))
  expect(percentileMs(of(), 0.5)).toBeNull()
  expect(changeOfPercentile(p95!, p5!)).toBe('about the same')
  expect(changeOfPercentile(1_050, 1_000)).toBe('about the same')
  expect(changeOfPercentile(1_000, 1_050)).toBe('about the same')
  expect(changeOfPercentile(1_000, 1_099)).toBe('about the same')
  expect(changeOfPercentile(1_200, 1_000)).toBe('+20%')
  expect(changeOfPercentile(800, 1_000)).toBe('−20%')
})
