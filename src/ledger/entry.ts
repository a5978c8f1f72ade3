import type { CostBasis } from '../metering/price.ts'

/** How a request ended. */
export const OUTCOMES = [
  'complete',
  /** Refused by Metrion, after the caller was known. */
  'refused',
  /** Refused by xAI: an error status, or a 200 that is an error. */
  'upstream_refused',
  /** xAI reported an error in the middle of a stream. */
  'upstream_error',
  /** xAI's answer broke off. */
  'upstream_cut',
  'upstream_unreachable',
  'upstream_timeout',
  'client_gone',
  /** The Worker itself went away in mid-answer. */
  'lost',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Whose key paid; `job`: Metrion itself fetched the bill of work that nobody had asked after. */
export const MODES = ['stored', 'pass-through', 'job'] as const
export type Mode = (typeof MODES)[number]

/** One request, as it is remembered. Versioned, and safe to be written twice. */
export interface LedgerEntry {
  v: 1
  /** UUIDv7 of the moment the request arrived; also the caller's `x-metrion-request-id`. */
  id: string
  atMs: number
  accountId: string
  tokenId: string
  /** `x-metrion-user`. */
  label: string | null
  endpoint: string
  mode: Mode
  requestedModel: string | null
  model: string | null
  /** Another model has answered than was asked for, and not by another of its names. */
  redirected: boolean
  /** What the caller was told; 499 where it hung up before it could be told anything. */
  status: number
  outcome: Outcome
  streamed: boolean
  inputTokens: number | null
  cachedTokens: number | null
  /** Billed as output, reasoning included. */
  outputTokens: number | null
  reasoningTokens: number | null
  toolCalls: Readonly<Record<string, number>> | null
  costTicks: number | null
  costBasis: CostBasis
  computedTicks: number | null
  /** What xAI's prompt cache took off the price, by our own table. */
  savedTicks: number | null
  /** Of text in the request; null where it is not all that the model read. */
  textBytes: number | null
  /** Metrion's own share before the request went to xAI. */
  ownMs: number
  firstByteMs: number | null
  totalMs: number
  errorCode: string | null
  errorText: string | null
  responseId: string | null
  upstreamRequestId: string | null
  colo: string | null
  /** How many requests it stands for: one, but of refusals that came too often. */
  times: number
}
