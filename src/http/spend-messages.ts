import { invalid, unavailable, type Messages, type WireError } from './wire-error.ts'

type Reasons = 'budget_exceeded' | 'rate_limited' | 'budget_unavailable' | 'spend_absent'

/** Seconds as `retry-after` has them (RFC 9110): whole, and never too few. */
const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)))

const plainIso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** Messages of budgets and rate limits. Relays drop headers, so that a message says all by itself. */
export const SPEND_MESSAGES: Pick<Messages, Reasons> = {
  budget_exceeded: (refusal): WireError => {
    const { name, whose, isMoney, isStopped, spent, reserved, needed, limit, resetsAtMs, nowMs } =
      refusal
    const resets =
      resetsAtMs === null ? 'it does not reset' : `it resets at ${plainIso(resetsAtMs)}`
    const waits: Record<string, string> =
      isMoney || resetsAtMs === null ? {} : { 'retry-after': seconds(resetsAtMs - nowMs) }
    return {
      // SDKs try a 429 again, and no other status of these.
      status: isMoney ? 402 : 429,
      type: 'insufficient_quota',
      code: 'budget_exceeded',
      message: `${isStopped ? 'Cannot go on with the answer' : 'Cannot serve the request'}: the budget “${name}”${whose} does not have the ${needed} that it needs: ${spent} of ${limit} spent, ${reserved} reserved; ${resets}; an owner of the account changes it under Limits`,
      headers: waits,
      more: { resets_at: resetsAtMs === null ? null : plainIso(resetsAtMs) },
    }
  },
  rate_limited: ({ what, limit, remaining, resetMs, retryAfterMs }): WireError => ({
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: `Cannot serve the request: this token may have ${limit} ${what}; try again in ${seconds(retryAfterMs)} s`,
    retry: true,
    headers: {
      'retry-after': seconds(retryAfterMs),
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': seconds(resetMs),
    },
  }),
  budget_unavailable: ({ name }): WireError =>
    unavailable(
      503,
      'budget_unavailable',
      `Cannot check the budget “${name}”, which is set to refuse requests while it cannot be checked; try again in a moment`,
    ),
  spend_absent: () =>
    invalid(
      409,
      'limits_unavailable',
      'Cannot save a budget or a rate limit: this deployment has no Durable Object to check it; deploy with the binding SPEND of wrangler.toml',
    ),
}
