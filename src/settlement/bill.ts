import { inputOf, type Tokens } from '../metering/counts.ts'
import type { AsyncJobStart } from '../ledger/async-jobs/store.ts'
import type { BillableUnits } from '../metering/billable-units.ts'
import { costOfEstimate, costOfUsage, type Cost } from '../pricing/price.ts'
import { contextTokens, TABLE, type Prices } from '../pricing/prices.ts'
import { estimateInput, type KnownPrompt } from '../pricing/prompt.ts'
import type { Usage } from '../metering/usage.ts'
import { billsOf, sumOf } from './batch.ts'
import type { ExchangeResult } from './exchange-result.ts'
import { DEFAULT_RESOLUTION } from '../xai/billable-units.ts'

const NO_COST: Cost = { costTicks: null, costBasis: 'none', computedTicks: null, savedTicks: null }
const DEFERRED_COST: Cost = { ...NO_COST, costBasis: 'deferred' }
export const UNKNOWN_COST: Cost = { ...NO_COST, costBasis: 'unknown' }

/** xAI's own bill, without a computed price. */
export const billedAs = (costBasis: Cost['costBasis'], costTicks: number): Cost => ({
  ...NO_COST,
  costTicks,
  costBasis,
})

const NO_TOKENS: Tokens = { input: 0, cached: 0, output: 0, reasoning: 0 }

/** Facts from outside the request that are known when it ends. */
export interface Knowledge {
  /** Prompts to the same model, if the prompt has to be estimated. */
  known: readonly KnownPrompt[]
  /** Tokens of the response that this one continues. */
  beforeTokens: number
  /** Facts from the request that started the async job which was fetched; null: not known. */
  work: AsyncJobStart | null
  prices: Prices
}

export const NOTHING_KNOWN: Knowledge = {
  known: [],
  beforeTokens: 0,
  work: null,
  prices: TABLE,
}

/** xAI gave up before it had generated anything, and it bills what it generates. */
const hasNothing = ({ outcome, streamed, usage }: ExchangeResult): boolean =>
  outcome === 'upstream_error' && streamed && usage.deltas === 0 && !usage.reportedTicks

/** The model whose prompt has to be estimated; null: not needed, or the tokens are known. */
export const modelToEstimate = (result: ExchangeResult): string | null => {
  const { usage, facts, sent, billed, isForeign } = result
  const isBilled = usage.tokens !== null || Boolean(usage.reportedTicks)
  const isKnown = usage.finished || isBilled || isForeign || hasNothing(result)
  return sent && billed && !isKnown && facts.textBytes > 0
    ? (usage.model ?? facts.requestedModel)
    : null
}

export interface Billed {
  tokens: Tokens | null
  cost: Cost
}

const NOTHING: Billed = { tokens: null, cost: NO_COST }
const UNKNOWN: Billed = { tokens: null, cost: UNKNOWN_COST }

/** The tokens and the cost of a request, with the basis of the cost. */
export function bill(result: ExchangeResult, atMs: number, knowledge: Knowledge): Billed {
  const { outcome, usage, facts } = result
  const { prices } = knowledge
  if (result.refusedByXai && !usage.reportedTicks) return NOTHING
  if (usage.results && result.jobId !== null)
    return sumOf(billsOf(result.jobId, usage.results, atMs, prices))
  const model = usage.model ?? facts.requestedModel ?? knowledge.work?.requestedModel ?? null
  if (result.isForeign && result.jobId === null) return UNKNOWN
  const units = unitsOf(result, knowledge)
  if (usage.finished && !isEarly(usage) && (usage.tokens || usage.reportedTicks || units)) {
    const used = { ...usage, model, units }
    return { tokens: usage.tokens, cost: costOfWhole(used, atMs, prices) }
  }
  if (result.jobId !== null) return billOfJob(result)
  if (usage.startedJobId !== null) return { tokens: null, cost: DEFERRED_COST }
  const wasHeard = result.sent && outcome !== 'upstream_unreachable'
  if (!wasHeard || !result.billed) return NOTHING
  if (result.unmetered) return { tokens: usage.tokens, cost: UNKNOWN_COST }
  if (hasNothing(result)) return NOTHING
  if (usage.finished && (!result.streamed || usage.counts?.isAbsurd)) return UNKNOWN
  return estimate({ ...result, usage: { ...usage, model, units } }, atMs, knowledge)
}

/** The reported output is less than the output that has passed. */
const isEarly = ({ outputIsEarly, tokens, deltas, reportedTicks }: Usage): boolean =>
  outputIsEarly && !reportedTicks && tokens !== null && deltas > tokens.output

/** The bill of an async job that was fetched, if the answer gives no price. */
function billOfJob(result: ExchangeResult): Billed {
  const { usage, status } = result
  if (result.repeatsAnswer) return NOTHING
  // A job that was delivered, lost on its way or not understood may have cost anything.
  const isLost = result.isHandedOutOnce && !usage.finished && status === 200
  if (usage.jobIsDone || isLost || result.unmetered) return UNKNOWN
  // Still under way, or known to have failed: nothing to bill.
  return NOTHING
}

/** The billable units, from the request that asked for them or from the answer that reports how many there were. */
function unitsOf({ usage, units }: ExchangeResult, { work }: Knowledge): BillableUnits | null {
  if (usage.startedJobId !== null) return null
  const told = usage.units
  const requested = work?.pieces ?? null
  if (told?.unit === 'videoSecond') return { ...requested, ...told }
  if (told !== null) return told
  // The price of images depends only on the request.
  if (usage.jobIsDone && requested?.unit === 'image') return requested
  return units !== null && units.count > 0 ? units : null
}

function costOfWhole(used: Usage, atMs: number, prices: Prices): Cost {
  const { units } = used
  const isGuessed = units?.unit === 'videoSecond' && units.variant === undefined
  if (!isGuessed || used.reportedTicks) return costOfUsage(used, atMs, prices)
  // The resolution is not known: the price of the lowest is a lower bound.
  const lowest = { ...units, variant: DEFAULT_RESOLUTION }
  return costOfEstimate({ ...used, units: lowest }, NO_TOKENS, atMs, prices)
}

/** Estimates an answer that was cut: the output that has passed, and the prompt. */
function estimate(result: ExchangeResult, atMs: number, knowledge: Knowledge): Billed {
  const { usage, facts } = result
  const { prices, known, beforeTokens } = knowledge
  if (usage.reportedTicks) {
    return { tokens: usage.tokens, cost: billedAs('estimated', usage.reportedTicks) }
  }
  if (usage.units && !usage.tokens)
    return { tokens: null, cost: costOfEstimate(usage, NO_TOKENS, atMs, prices) }

  // Some answers report their input before the output begins.
  const told = usage.tokens ?? (usage.counts && inputOf(usage.counts))
  const limits = {
    contextTokens: usage.model === null ? null : contextTokens(usage.model, atMs),
    beforeTokens,
  }
  const tokens = {
    input: told?.input ?? estimateInput(facts.textBytes, known, limits),
    cached: told?.cached ?? 0,
    output: Math.max(usage.tokens?.output ?? 0, Math.round(usage.deltas)),
    reasoning: usage.tokens?.reasoning ?? 0,
  }
  return { tokens, cost: costOfEstimate(usage, tokens, atMs, prices) }
}
