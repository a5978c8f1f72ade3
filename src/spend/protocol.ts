// What the isolates and an account's object tell each other. Amounts are in the unit of the line's meter.
import type { Amounts } from './amounts.ts'
import type { Budget, Meter } from './budget.ts'

/** The facts of a request that decide which budgets and limits apply to it. */
export interface Asked {
  tokenId: string
  /** '' for none. */
  requester: string
  /** The requested model, by its plain name. '': the request names none. */
  model: string
  endpoint: string
  atMs: number
  /** xAI bills it. Otherwise budgets of costs and tokens do not hold it up. */
  isBilled: boolean
}

/** The rate limits of a token. Null: none. */
export interface Rates {
  requestsPerMinute: number | null
  tokensPerMinute: number | null
  concurrent: number | null
}
export const RATE_KINDS = ['requestsPerMinute', 'tokensPerMinute', 'concurrent'] as const
export type RateKind = (typeof RATE_KINDS)[number]

/** A request to be admitted. */
export interface Want extends Asked {
  /** What it is expected to use, before any like it has been seen, and the most that it can use. */
  expected: Amounts
  worst: Amounts
  /** A stream that is to be stopped uses at most this much beyond what is expected. Null: it is no stream. */
  stopping: Amounts | null
  /** The request names what it uses by the unit: others like it do not matter. */
  isExact: boolean
  rates: Rates
  /** What is left of the isolate's share of the token's requests a minute, which it gives back. */
  rateLeft: number
  /** Requests like it that this isolate may admit by itself afterwards. */
  share: number
  /** The budgets that the isolate knows, by id: when they were last changed. */
  known: Readonly<Record<string, number>>
}

/** A running request needs more than was reserved for it. */
export interface Growth {
  /** `amount`: what is missing; `step`: what would do for a while. */
  lines: readonly { line: string; amount: number; step: number }[]
}

/** How an isolate's lease of a line has changed since its last report. */
export interface Change {
  line: string
  /** Reserved and free together. */
  held: number
  /** The part that no request has. */
  free: number
  running: number
  /** What the running requests may use beyond their reservations. */
  excess: number
}

/** A request that has ended. */
export interface Item {
  id: string
  tokenId: string
  requester: string
  requestedModel: string
  /** The model that answered. */
  model: string
  endpoint: string
  atMs: number
  used: Amounts
  isComplete: boolean
  /** Its row is in the ledger; otherwise it comes later. */
  isWritten: boolean
  /** Async work whose bill this is: it counts in the window in which it began, less what was counted for it there. */
  began: { atMs: number; counted: number } | null
}

/** What an isolate reports, once. The object ignores a report that it has seen. */
export interface Report {
  id: string
  changes: readonly Change[]
  items: readonly Item[]
  /** Calls whose answers the isolate did not get: what they granted is given back. */
  abandoned: readonly string[]
}

export interface Sync {
  /** Of this call, in case its answer is not received. */
  id: string
  accountId: string
  isolate: string
  nowMs: number
  reports: readonly Report[]
  want: Want | null
  growth: Growth | null
  /** Leases that the isolate goes on using. */
  renews: readonly Renewal[]
}

export interface Renewal {
  line: string
  /** What requests like the last one are expected to use, and how many may follow; 0: there is enough. */
  need: number
  excess: number
  share: number
}

/** The isolate may use this much more of a line by itself. */
export interface Grant {
  line: string
  meter: Meter
  /** Reserved for the request that asked. */
  reserved: number
  free: number
  /** What a request may use beyond its reservation, by unit reserved. Others ask the object. */
  excessRatio: number
  /** What the request itself may use beyond what is reserved for it. */
  excess: number
  /** It is for a request, not for a lease alone. */
  isRequest: boolean
  /** A running request is stopped when there is no more. */
  stops: boolean
  /** When the budget was last changed. A lease of it before that is not used. */
  changedAtMs: number
  /** The line is nearly used up: what a request does not need is given back at once. */
  isLow: boolean
}

/** The state of a token's rate limit after a request, for its headers. */
export interface RateState {
  kind: RateKind
  limit: number
  remaining: number
  /** The time until it is whole again. */
  resetMs: number
}

export interface BudgetRefused {
  refusedBy: 'budget'
  budget: Budget
  value: string
  spent: number
  reserved: number
  /** What the request is expected to use. */
  needed: number
  limit: number
  resetsAtMs: number | null
}
export interface RateRefused extends RateState {
  refusedBy: 'rate'
  retryAfterMs: number
}

export interface Answer {
  refused: BudgetRefused | RateRefused | null
  /** What requests like it use. Null: there are none yet. */
  expected: Amounts | null
  grants: readonly Grant[]
  rates: readonly RateState[]
  /** Requests that the isolate may admit by itself before it asks for their rate again. */
  rateShare: number
  /** Lines that are nearly used up: the isolate gives back what is free. */
  shrinks: readonly string[]
}
