import type { RateState } from '../protocol.ts'

/** Requests of a token that its rate limits let pass without being asked for. */
interface RateShare {
  left: number
  fromMs: number
  untilMs: number
  /** Tokens that may be used before the object is asked again; null: they are not limited. */
  tokens: number | null
  states: readonly RateState[]
}

/** Tokens of a share, as a part of what was left of them. */
const TOKENS_SHARE = 0.1

/** What this isolate may pass of the rate limits of an account's tokens. */
export class RateShares {
  private readonly shares = new Map<string, RateShare>()

  /** Whether a request may pass without the object. */
  mayPass(tokenId: string, nowMs: number): boolean {
    const share = this.shares.get(tokenId)
    return share !== undefined && share.left >= 1 && share.untilMs > nowMs
  }

  /** Counts such a request. */
  pass(tokenId: string): readonly RateState[] {
    const share = this.shares.get(tokenId)
    if (!share) return []
    share.left--
    share.states = share.states.map((state) =>
      state.kind === 'requestsPerMinute'
        ? { ...state, remaining: Math.max(0, state.remaining - 1) }
        : state,
    )
    return share.states
  }

  set(
    tokenId: string,
    left: number,
    states: readonly RateState[],
    nowMs: number,
    lengthMs: number,
  ): void {
    const tokens = states.find(({ kind }) => kind === 'tokensPerMinute')
    this.shares.set(tokenId, {
      left,
      states,
      fromMs: nowMs,
      untilMs: nowMs + lengthMs,
      tokens: tokens ? tokens.remaining * TOKENS_SHARE : null,
    })
  }

  /** A request has used tokens. Beyond the share, the object is asked. */
  charge(tokenId: string, used: number): void {
    const share = this.shares.get(tokenId)
    if (!share || share.tokens === null) return
    share.tokens -= used
    if (share.tokens < 0) share.left = 0
    share.states = share.states.map((state) =>
      state.kind === 'tokensPerMinute'
        ? { ...state, remaining: Math.max(0, state.remaining - used) }
        : state,
    )
  }

  /** Takes what is left of a share, less what has leaked away of it since. */
  take(tokenId: string, nowMs: number): number {
    const share = this.shares.get(tokenId)
    this.shares.delete(tokenId)
    const limit = share?.states.find(({ kind }) => kind === 'requestsPerMinute')?.limit ?? 0
    if (!share) return 0
    return Math.max(0, Math.floor(share.left - ((nowMs - share.fromMs) * limit) / 60_000))
  }
}
