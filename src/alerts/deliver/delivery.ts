import { DAY_MS, HOUR_MS } from '../../http/time.ts'

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** The pauses before the second, third, … attempt. The last one repeats. */
const PAUSES_MS = [30, 60, 120, 300, 600, 1_200, 2_400, 3_600].map((one) => one * SECOND_MS)
/** A message is tried for this long. */
const TRIED_MS = DAY_MS

/** An attempt ends within this time, or another one may begin. */
export const ATTEMPT_MS = MINUTE_MS
export const ANSWER_LIMIT_MS = 10_000

/** The time of the next attempt, after so many that failed. Null: there is none. */
export function nextAttemptMs(attempts: number, toldAtMs: number, nowMs: number): number | null {
  const pauseMs = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? HOUR_MS
  const atMs = nowMs + pauseMs
  return atMs - toldAtMs > TRIED_MS ? null : atMs
}

/** After so many failed attempts in a row, a channel is shown as failing. */
export const FAILING_AFTER = 5
