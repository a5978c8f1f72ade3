import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { busyStream } from '../../../src/proxy/relay/busy.ts'
import { pauseMs, type Pace } from '../../../src/proxy/relay/pace.ts'

const PACES: [plan: Pace['plan'], events: number, streams: number, sinceMs: number, ms: number][] =
  [
    // The first events at once, whatever the plan, the load and the time.
    ['free', 0, 1, 0, 0],
    ['free', 3, 100, 60_000, 0],
    ['paid', 3, 100, 60_000, 0],
    // Free: a quarter of the time that the stream has lasted, from 50 ms to a second.
    ['free', 4, 1, 0, 50],
    ['free', 4, 1, 200, 50],
    ['free', 20, 1, 400, 100],
    ['free', 100, 1, 2_000, 500],
    ['free', 400, 1, 4_000, 1_000],
    ['free', 100_000, 1, 1_500_000, 1_000],
    ['free', 100, 64, 2_000, 500],
    // A clock that was set back.
    ['free', 100, 1, -5_000, 50],
    // Paid: at once while few streams are open, however long they last.
    ['paid', 4, 1, 0, 0],
    ['paid', 100_000, 15, 1_500_000, 0],
    // And then from 20 to 50 ms.
    ['paid', 4, 16, 0, 20],
    ['paid', 4, 20, 0, 20],
    ['paid', 4, 35, 0, 35],
    ['paid', 4, 50, 0, 50],
    ['paid', 4, 1_000, 60_000, 50],
  ]

test.each(PACES)(
  '%s, after %d events, %d streams, %d ms: a pause of %d ms',
  (plan, events, streams, sinceMs, ms) => {
    expect(pauseMs({ plan, events, streams, sinceMs })).toBe(ms)
  },
)

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-26') }))
afterEach(() => void vi.useRealTimers())

test('streams are counted by the second in which they pass something, each once', () => {
  const streams = Array.from({ length: 20 }, busyStream)
  for (const pass of streams) pass()
  expect(streams[0]!()).toBe(20)
  vi.advanceTimersByTime(1_000)
  // Of the second before, until this one has more.
  expect(streams[0]!()).toBe(20)
  expect(streams[1]!()).toBe(20)
  vi.advanceTimersByTime(1_000)
  expect(streams[2]!()).toBe(2)
  // One that was ended from outside has never said goodbye, and is not counted.
  vi.advanceTimersByTime(5_000)
  expect(streams[2]!()).toBe(1)
})
