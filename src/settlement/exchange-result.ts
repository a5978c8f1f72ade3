import type { Refusal } from '../http/refusals.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import type { Outcome } from '../ledger/outcomes.ts'
import type { AsyncJobKind } from '../ledger/async-jobs/async-job.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import { NOTHING_USED, type Usage } from '../metering/usage.ts'
import { toWire } from '../http/messages.ts'
import type { BodyFacts } from '../xai/body-facts.ts'

/** A request, as it is known once its caller is. */
export type Call = Pick<
  LedgerEntry,
  'id' | 'atMs' | 'accountId' | 'tokenId' | 'label' | 'endpoint' | 'mode' | 'colo'
>

/** What an exchange was, once it has ended: all that its row is made from. */
export interface ExchangeResult {
  status: number
  outcome: Outcome
  /** The request went to xAI whole, so that it may have cost something. */
  sent: boolean
  /** xAI said no, by its status or by an error in place of an answer. */
  refusedByXai: boolean
  /** xAI said yes, and what followed is no answer of the endpoint. */
  isForeign: boolean
  /** The endpoint is one that xAI bills. */
  billed: boolean
  facts: BodyFacts
  usage: Usage
  /** The kind of work that the request may have begun. */
  starts: AsyncJobKind | null
  /** The object that is now at xAI, as xAI names it. */
  createdId: string | null
  /** The work that the request asked after, whose bill it may bring. */
  jobId: string | null
  /** That work is an answer which has been billed, unless it broke off. */
  repeatsAnswer: boolean
  /** xAI hands that work out once, and then knows it no more. */
  isHandedOutOnce: boolean
  /** What is billed by the piece, as far as the request said it. */
  units: BillableUnits | null
  /** Metering failed, so that `usage` may lack anything. */
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

/** How requests end of which xAI may not have heard. */
export const MAY_NOT_HAVE_REACHED_XAI: ReadonlySet<Outcome> = new Set([
  'refused',
  'upstream_unreachable',
  'client_gone',
])
