import {
  RATE_KINDS,
  type Change,
  type RateKind,
  type RateRefused,
  type Rates,
  type RateState,
} from '../protocol.ts'

const MINUTE_MS = 60_000
/** An isolate reports at least this often while it has requests running. */
const HEARD_MS = 180_000
/** The requests that one isolate may admit by itself, as a share of the limit and of what is left of it. */
const SHARE = 0.1
const MOST_TOKENS = 10_000

/** What has flowed into a leaky bucket that empties in a minute. */
interface Level {
  amount: number
  atMs: number
  limit: number
}

interface Token {
  levels: Partial<Record<RateKind, Level>>
  /** The running requests by isolate. */
  running: Map<string, { count: number; seenMs: number }>
}

/** The line of a token's rate limit in a report. */
export const rateLine = (kind: RateKind, tokenId: string): string => `${kind}|${tokenId}`
const RATE_LINE = new RegExp(`^(${RATE_KINDS.join('|')})\\|(.*)$`, 's')

/**
 * The rate limits of an account's tokens, each a leaky bucket, which is GCRA as a meter
 * (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Kept in memory alone: an object without requests for
 * long enough to be evicted has leaked most of them.
 */
export class RateLimits {
  private readonly tokens = new Map<string, Token>()

  /** The first limit that refuses a request; null: all let it pass. */
  refusalOf(tokenId: string, rates: Rates, nowMs: number): RateRefused | null {
    for (const state of this.statesOf(tokenId, rates, nowMs)) {
      const { kind, limit, remaining } = state
      if (remaining >= 1) continue
      const level = this.tokenOf(tokenId).levels[kind]
      const overflow = level ? Math.max(1, amountAt(level, nowMs) + 1 - limit) : 1
      // When another request ends is not known.
      const retryAfterMs =
        kind === 'concurrent' ? 1_000 : (overflow * MINUTE_MS) / Math.max(limit, 1)
      return { refusedBy: 'rate', ...state, retryAfterMs }
    }
    return null
  }

  /** Counts an admitted request, and returns how many more the isolate may admit by itself. */
  admit(tokenId: string, isolate: string, rates: Rates, share: number, nowMs: number): number {
    const free = this.shareOf(tokenId, rates, share, nowMs)
    if (rates.requestsPerMinute !== null)
      this.pour(tokenId, 'requestsPerMinute', rates.requestsPerMinute, 1 + free, nowMs)
    if (rates.tokensPerMinute !== null)
      this.pour(tokenId, 'tokensPerMinute', rates.tokensPerMinute, 0, nowMs)
    if (rates.concurrent !== null) this.runs(tokenId, isolate, 1, nowMs)
    return free
  }

  /** An isolate has not used so much of its share. */
  giveBack(tokenId: string, requests: number, nowMs: number): void {
    const level = this.tokens.get(tokenId)?.levels.requestsPerMinute
    if (level && requests > 0)
      this.pour(tokenId, 'requestsPerMinute', level.limit, -requests, nowMs)
  }

  /** `share`: the asking isolate has so many requests left for itself. */
  statesOf(tokenId: string, rates: Rates, nowMs: number, share = 0): RateState[] {
    return RATE_KINDS.flatMap((kind) => {
      const limit = rates[kind]
      if (limit === null) return []
      const amount =
        kind === 'concurrent' ? this.runningOf(tokenId, nowMs) : this.amountOf(tokenId, kind, nowMs)
      const used = kind === 'requestsPerMinute' ? amount - share : amount
      const resetMs = kind === 'concurrent' ? 0 : (used * MINUTE_MS) / Math.max(limit, 1)
      return [{ kind, limit, remaining: Math.max(0, Math.floor(limit - used)), resetMs }]
    })
  }

  /** Tokens are charged when they have been used. */
  charge(tokenId: string, tokens: number, nowMs: number): void {
    const level = this.tokens.get(tokenId)?.levels.tokensPerMinute
    if (level) this.pour(tokenId, 'tokensPerMinute', level.limit, tokens, nowMs)
  }

  /** Takes over a change that an isolate reports. False: it is not of a rate limit. */
  apply(isolate: string, { line, held, running }: Change, nowMs: number): boolean {
    const [, kind, tokenId = ''] = RATE_LINE.exec(line) ?? []
    if (kind === undefined) return false
    const level = this.tokens.get(tokenId)?.levels.requestsPerMinute
    if (kind === 'requestsPerMinute' && level)
      this.pour(tokenId, 'requestsPerMinute', level.limit, held, nowMs)
    if (kind === 'concurrent') this.runs(tokenId, isolate, running, nowMs, held)
    return true
  }

  private shareOf(tokenId: string, rates: Rates, share: number, nowMs: number): number {
    // A slot that an idle isolate kept would be one that another lacks.
    if (rates.concurrent !== null) return 0
    const rooms = RATE_KINDS.flatMap((kind) => {
      const limit = rates[kind]
      if (limit === null) return []
      const left = limit - this.amountOf(tokenId, kind, nowMs)
      if (kind === 'tokensPerMinute') return [left < limit / 2 ? 0 : share]
      return [Math.min(limit * SHARE, left * SHARE)]
    })
    // Without limits there is nothing to share.
    return rooms.length === 0 ? 0 : Math.max(0, Math.floor(Math.min(share, ...rooms)))
  }

  private amountOf(tokenId: string, kind: RateKind, nowMs: number): number {
    const level = this.tokens.get(tokenId)?.levels[kind]
    return level ? amountAt(level, nowMs) : 0
  }

  private pour(tokenId: string, kind: RateKind, limit: number, by: number, nowMs: number): void {
    const amount = Math.max(0, this.amountOf(tokenId, kind, nowMs) + by)
    this.tokenOf(tokenId).levels[kind] = { amount, atMs: nowMs, limit }
  }

  private runningOf(tokenId: string, nowMs: number): number {
    let total = 0
    for (const { count, seenMs } of this.tokens.get(tokenId)?.running.values() ?? [])
      if (seenMs >= nowMs - HEARD_MS) total += count
    return total
  }

  /** `now`: how many the isolate says are running; 0: it says how many more. An object that was gone learns it so. */
  private runs(tokenId: string, isolate: string, by: number, nowMs: number, now = 0): void {
    const { running } = this.tokenOf(tokenId)
    const known = running.get(isolate)?.count ?? 0
    const count = Math.max(0, (now > 0 ? now : known) + by)
    if (count === 0) running.delete(isolate)
    else running.set(isolate, { count, seenMs: nowMs })
  }

  private tokenOf(tokenId: string): Token {
    const known = this.tokens.get(tokenId)
    if (known) return known
    const [oldest] = this.tokens.keys()
    if (this.tokens.size >= MOST_TOKENS && oldest !== undefined) this.tokens.delete(oldest)
    const token: Token = { levels: {}, running: new Map() }
    this.tokens.set(tokenId, token)
    return token
  }
}

const amountAt = ({ amount, atMs, limit }: Level, nowMs: number): number =>
  Math.max(0, amount - (Math.max(0, nowMs - atMs) * limit) / MINUTE_MS)
