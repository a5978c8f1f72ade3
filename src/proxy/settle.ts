import type { LedgerEntry, Mode, Outcome } from '../ledger/entry.ts'
import { estimateInput, type KnownPrompt } from '../metering/prompt.ts'
import { costOfEstimate, costOfUsage, type Cost } from '../metering/price.ts'
import type { Pieces } from '../metering/pieces.ts'
import { TABLE, type Prices } from '../metering/prices.ts'
import { NOTHING_USED, type Tokens, type Usage } from '../metering/usage.ts'
import { billsOf, sumOf } from './batch.ts'
import type { BodyFacts } from './facts.ts'
import { scrub } from './scrub.ts'

/** What is known of a request once its caller is. */
export interface Call {
  id: string
  atMs: number
  accountId: string
  tokenId: string
  label: string | null
  endpoint: string
  mode: Mode
  colo: string | null
}

/** What is known once it is over. */
export interface Ending {
  status: number
  outcome: Outcome
  /** The request went to xAI whole, so that it may have cost something. */
  sent: boolean
  /** xAI said no, by its status or by an error in place of an answer. */
  refusedByXai: boolean
  /** The endpoint is one that xAI bills. */
  billed: boolean
  facts: BodyFacts
  usage: Usage
  /** The work that the request asked after, whose bill it may bring. */
  workId: string | null
  /** What is billed by the piece, as far as the request said it. */
  pieces: Pieces | null
  /** Metering failed, so that `usage` may lack anything. */
  unmetered: boolean
  streamed: boolean
  ownMs: number
  firstByteMs: number | null
  totalMs: number
  errorCode: string | null
  errorText: string | null
  upstreamRequestId: string | null
}

/** The part of an ending where xAI's answer would be. */
export const NO_ANSWER = {
  refusedByXai: false,
  usage: NOTHING_USED,
  pieces: null,
  workId: null,
  unmetered: false,
  streamed: false,
  firstByteMs: null,
  upstreamRequestId: null,
} as const satisfies Partial<Ending>

const NO_COST: Cost = { costTicks: null, costBasis: 'none', computedTicks: null, savedTicks: null }
const DEFERRED_COST: Cost = { ...NO_COST, costBasis: 'deferred' }
const UNKNOWN_COST: Cost = { ...NO_COST, costBasis: 'unknown' }

/** xAI's own bill, without ours beside it. */
const billedAs = (costBasis: Cost['costBasis'], costTicks: number): Cost => ({
  ...NO_COST,
  costTicks,
  costBasis,
})

const NO_TOKENS: Tokens = { input: 0, cached: 0, output: 0, reasoning: 0 }

/** What is known by the time that a request ends, beside the request. */
export interface Knowledge {
  /** Of the model, where the prompt has to be estimated. */
  known: readonly KnownPrompt[]
  prices: Prices
}

/** The one row of a request. Pricing that fails costs the row its price, not its existence. */
export function settle(
  call: Call,
  ending: Ending,
  { known = [], prices = TABLE }: Partial<Knowledge> = {},
): LedgerEntry {
  const { usage, facts } = ending
  let billed: { tokens: Tokens | null; cost: Cost }
  try {
    billed = bill(ending, call.atMs + ending.totalMs, { known, prices })
  } catch (error) {
    console.error('pricing failed', call.id, error instanceof Error ? error.name : typeof error)
    billed = {
      tokens: usage.tokens,
      cost: usage.reportedTicks ? billedAs('reported', usage.reportedTicks) : UNKNOWN_COST,
    }
  }
  return {
    v: 1,
    ...call,
    requestedModel: facts.requestedModel === null ? null : scrub(facts.requestedModel, []),
    model: usage.model,
    status: ending.status,
    outcome: ending.outcome,
    streamed: ending.streamed,
    inputTokens: billed.tokens?.input ?? null,
    cachedTokens: billed.tokens?.cached ?? null,
    outputTokens: billed.tokens?.output ?? null,
    reasoningTokens: billed.tokens?.reasoning ?? null,
    toolCalls: usage.toolCalls,
    ...billed.cost,
    textBytes: facts.textBytes > 0 ? facts.textBytes : null,
    ownMs: ending.ownMs,
    firstByteMs: ending.firstByteMs,
    totalMs: ending.totalMs,
    errorCode: ending.errorCode,
    errorText: ending.errorText,
    responseId: usage.responseId,
    upstreamRequestId: ending.upstreamRequestId,
  }
}

/** The model whose prompt is going to be estimated; null: there is no need, its tokens are known. */
export const modelToEstimate = ({ usage, facts, sent, billed }: Ending): string | null =>
  sent && billed && !usage.finished && !usage.tokens && facts.textBytes > 0
    ? (usage.model ?? facts.requestedModel)
    : null

/** The row of a request that will never end, as far as is known now. */
export function settleLost(call: Call, soFar: Ending): LedgerEntry {
  return {
    ...settle(call, soFar),
    outcome: 'lost',
    inputTokens: null,
    cachedTokens: null,
    outputTokens: null,
    reasoningTokens: null,
    ...UNKNOWN_COST,
    errorCode: 'worker_lost',
    errorText: 'Metrion’s Worker went away in mid-answer; what it cost is not known',
  }
}

function bill(
  ending: Ending,
  atMs: number,
  { known, prices }: Knowledge,
): { tokens: Tokens | null; cost: Cost } {
  const { outcome, usage, facts } = ending
  if (ending.refusedByXai && !usage.reportedTicks) return { tokens: null, cost: NO_COST }
  if (usage.results && ending.workId !== null)
    return sumOf(billsOf(ending.workId, usage.results, atMs, prices), usage.results)
  const model = usage.model ?? facts.requestedModel
  const pieces = usage.startedWork === null ? (usage.pieces ?? ending.pieces) : null
  if (usage.finished && (usage.tokens || usage.reportedTicks || pieces)) {
    return { tokens: usage.tokens, cost: costOfUsage({ ...usage, model, pieces }, atMs, prices) }
  }
  // Still under way, or already known to have failed: there is nothing to bill.
  if (ending.workId !== null) return { tokens: null, cost: NO_COST }
  if (usage.startedWork !== null) return { tokens: null, cost: DEFERRED_COST }
  const wasHeard = ending.sent && outcome !== 'upstream_unreachable'
  if (!wasHeard || !ending.billed) return { tokens: null, cost: NO_COST }
  if (ending.unmetered) return { tokens: usage.tokens, cost: UNKNOWN_COST }
  // xAI gave up before it had begun; it bills what it generates.
  if (outcome === 'upstream_error' && usage.deltas === 0 && !usage.reportedTicks)
    return { tokens: null, cost: NO_COST }
  if (outcome === 'complete' && !ending.streamed) return { tokens: null, cost: UNKNOWN_COST }
  if (usage.reportedTicks) {
    return { tokens: usage.tokens, cost: billedAs('estimated', usage.reportedTicks) }
  }

  if (pieces && !usage.tokens)
    return {
      tokens: null,
      cost: costOfEstimate({ ...usage, model, pieces }, NO_TOKENS, atMs, prices),
    }

  // Some say what they have read before they begin to write.
  const tokens = {
    input: usage.tokens?.input ?? estimateInput(facts.textBytes, known),
    cached: usage.tokens?.cached ?? 0,
    output: Math.max(usage.tokens?.output ?? 0, Math.round(usage.deltas)),
    reasoning: usage.tokens?.reasoning ?? 0,
  }
  return { tokens, cost: costOfEstimate({ ...usage, model }, tokens, atMs, prices) }
}
