import type { RateState } from '../protocol.ts'

/** Requests of a token that its rate limits let pass without being asked for. */
interface RateShare {
  left: number
  untilMs: number
  states: readonly RateState[]
}

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

  set(tokenId: string, left: number, states: readonly RateState[], untilMs: number): void {
    this.shares.set(tokenId, { left, untilMs, states })
  }

  /** Forgets a token's share. */
  drop(tokenId: string): void {
    this.shares.delete(tokenId)
  }
}
