import type { Refusal } from '../http/refusals.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import type { Outcome } from '../ledger/outcomes.ts'
import type { AsyncJobKind } from '../metering/async-job-kinds.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import { NOTHING_USED, type Usage } from '../metering/usage.ts'
import { toWire } from '../http/messages.ts'
import type { BodyFacts } from '../xai/body-facts.ts'

/** The facts about a request that are known once its caller is. */
export type Call = Pick<
  LedgerEntry,
  | 'id'
  | 'atMs'
  | 'accountId'
  | 'tokenId'
  | 'label'
  | 'session'
  | 'tags'
  | 'endpoint'
  | 'mode'
  | 'colo'
  | 'traceContext'
>

/** The result of an exchange: everything that its row is made from. */
export interface ExchangeResult {
  status: number
  outcome: Outcome
  /** The request went to xAI whole, so it may have cost something. */
  sent: boolean
  /** xAI rejected it, by its status or by an error in place of an answer. */
  refusedByXai: boolean
  /** xAI returned success, but not an answer of this endpoint. */
  isForeign: boolean
  /** xAI bills this endpoint. */
  billed: boolean
  facts: BodyFacts
  usage: Usage
  /** The kind of async job that the request may have started. */
  starts: AsyncJobKind | null
  /** xAI's id of the object that the request created. */
  createdId: string | null
  /** The async job that the request fetched, whose bill it may bring. */
  jobId: string | null
  /** That job is an answer that has been billed already, unless it was cut. */
  repeatsAnswer: boolean
  /** xAI returns that job's result once, and does not know it afterwards. */
  isHandedOutOnce: boolean
  /** Billable units, as far as the request states them. */
  units: BillableUnits | null
  /** Metering failed, so `usage` may be incomplete. */
  unmetered: boolean
  streamed: boolean
  overheadMs: number
  firstByteMs: number | null
  totalMs: number
  errorCode: string | null
  errorText: string | null
  upstreamRequestId: string | null
}

/** The part of a result that only an answer of xAI can fill. */
export const NO_ANSWER = {
  refusedByXai: false,
  isForeign: false,
  usage: NOTHING_USED,
  units: null,
  starts: null,
  createdId: null,
  jobId: null,
  repeatsAnswer: false,
  isHandedOutOnce: false,
  unmetered: false,
  streamed: false,
  firstByteMs: null,
  upstreamRequestId: null,
} as const satisfies Partial<ExchangeResult>

/** The part of a result that a refusal fills. */
export function refused(
  refusal: Refusal,
): Pick<ExchangeResult, 'status' | 'outcome' | 'errorCode' | 'errorText'> {
  const { status, code, message } = toWire(refusal)
  const outcome = OUTCOMES[refusal.reason] ?? 'refused'
  return { status, outcome, errorCode: code, errorText: message }
}

const OUTCOMES: Partial<Record<Refusal['reason'], Outcome>> = {
  caller_gone: 'client_gone',
  upstream_unreachable: 'upstream_unreachable',
  upstream_timeout: 'upstream_timeout',
  upstream_broke_off: 'upstream_cut',
  upstream_invalid: 'upstream_cut',
}

/** Outcomes of requests that may not have reached xAI. */
export const MAY_NOT_HAVE_REACHED_XAI: ReadonlySet<Outcome> = new Set([
  'refused',
  'upstream_unreachable',
  'client_gone',
])
