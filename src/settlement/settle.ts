import type { LedgerEntry } from '../ledger/entry.ts'
import { isModel, isSameModel } from '../pricing/prices.ts'
import { bill, billedAs, NOTHING_KNOWN, UNKNOWN_COST, type Billed, type Knowledge } from './bill.ts'
import { MAY_NOT_HAVE_REACHED_XAI, type Call, type ExchangeResult } from './exchange-result.ts'

/** The one row of a request. If pricing fails, its cost is the one that xAI reported, or unknown. */
export function settle(
  call: Call,
  result: ExchangeResult,
  knowledge: Partial<Knowledge> = {},
): LedgerEntry {
  const { usage, facts } = result
  const requestedModel = askedFor(result) ?? knowledge.work?.requestedModel ?? null
  let billed: Billed
  try {
    billed = bill(result, call.atMs + result.totalMs, { ...NOTHING_KNOWN, ...knowledge })
  } catch (error) {
    console.error('pricing failed', call.id, error instanceof Error ? error.name : typeof error)
    billed = {
      tokens: usage.tokens,
      cost: usage.reportedTicks ? billedAs('reported', usage.reportedTicks) : UNKNOWN_COST,
    }
  }
  const isText = facts.isAllText && !usage.hasOtherInput && usage.toolCalls === null
  return {
    v: 1,
    ...call,
    requestedModel,
    model: usage.model,
    redirected:
      requestedModel !== null && usage.model !== null && !isSameModel(requestedModel, usage.model),
    status: result.status,
    outcome: result.outcome,
    streamed: result.streamed,
    inputTokens: billed.tokens?.input ?? null,
    cachedTokens: billed.tokens?.cached ?? null,
    outputTokens: billed.tokens?.output ?? null,
    reasoningTokens: billed.tokens?.reasoning ?? null,
    toolCalls: usage.toolCalls,
    ...billed.cost,
    countedTicks: null,
    textBytes: isText && facts.textBytes > 0 ? facts.textBytes : null,
    // A clock that was set back must not cost the row: negative times become 0.
    ownMs: Math.max(0, result.overheadMs),
    firstByteMs: result.firstByteMs === null ? null : Math.max(0, result.firstByteMs),
    totalMs: Math.max(0, result.totalMs),
    errorCode: result.errorCode,
    errorText: result.errorText,
    responseId: usage.responseId ?? usage.startedJobId,
    upstreamRequestId: result.upstreamRequestId,
    times: 1,
  }
}

/** Statuses of xAI that do not show whether it accepted the model's name. */
const TELLS_NO_MODEL: ReadonlySet<number> = new Set([400, 401, 403, 404, 415, 422])

/**
 * The requested model. If xAI has not accepted it, it may be any text, and each text is a key of the sums:
 * then it is kept only if it is a known model's name. For other names, xAI's message is in the error text.
 */
function askedFor(result: ExchangeResult): string | null {
  const { facts, sent, refusedByXai, status, outcome, usage } = result
  const { requestedModel } = facts
  const isUnheard = MAY_NOT_HAVE_REACHED_XAI.has(outcome) && usage.model === null
  const isTaken = sent && !isUnheard && !(refusedByXai && TELLS_NO_MODEL.has(status))
  return isTaken || (requestedModel !== null && isModel(requestedModel)) ? requestedModel : null
}

/** The row of a request that will never end, as far as it is known now. */
export function settleLost(call: Call, soFar: ExchangeResult): LedgerEntry {
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
