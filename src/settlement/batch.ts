import type { Bill } from '../ledger/async-jobs/async-job.ts'
import { costOfUsage, type Cost, type CostBasis } from '../pricing/price.ts'
import type { Prices } from '../pricing/prices.ts'
import type { Tokens } from '../metering/counts.ts'
import type { BatchResult } from '../metering/usage.ts'

/** One bill for each result that cost something, even if the page repeats the result. */
export function billsOf(
  batchId: string,
  results: readonly BatchResult[],
  atMs: number,
  prices: Prices,
): Bill[] {
  const prints = new Map<string, string[]>()
  const former = new Set<string | null>()
  return results.flatMap((result) => {
    const { id, usage, print } = result
    const names = JSON.stringify([id, usage.responseId])
    const seen = prints.get(names) ?? []
    if (seen.includes(print)) return []
    prints.set(names, [...seen, print])
    // Older deployments named bills by the caller's id alone, and took the first with an id for the only one.
    const formerId = id === null || former.has(id) ? null : `${batchId}/${id}`
    former.add(id)
    return billOf(`${batchId}/${nameOf(result, seen.length)}`, formerId, result, atMs, prices)
  })
}

/**
 * The caller's id together with xAI's, since nothing guarantees that a caller's ids are unique. `before`: the
 * number of earlier results with the same ids. A result with neither id is identified by its bytes.
 */
const nameOf = ({ id, usage, print }: BatchResult, before: number): string =>
  id === null && usage.responseId === null
    ? `#${print}`
    : JSON.stringify([id, usage.responseId, before])

function billOf(
  id: string,
  formerId: string | null,
  { usage }: BatchResult,
  atMs: number,
  prices: Prices,
): Bill | [] {
  // An error without a usage has no bill; an answer without one may have cost anything.
  if (usage.counts === null && usage.error !== null) return []
  const cost = costOfUsage(usage, atMs, prices, true)
  return {
    id,
    formerId,
    costBasis: cost.costBasis,
    costTicks: cost.costTicks,
    // Beside a reported bill, it would look like a price difference: the table does not know all discounts.
    computedTicks: usage.reportedTicks ? null : cost.computedTicks,
    savedTicks: cost.savedTicks,
    inputTokens: usage.tokens?.input ?? null,
    cachedTokens: usage.tokens?.cached ?? null,
    outputTokens: usage.tokens?.output ?? null,
    reasoningTokens: usage.tokens?.reasoning ?? null,
  }
}

interface Sums {
  tokens: Tokens | null
  cost: Cost
}

const NONE: Sums = {
  tokens: null,
  cost: { costTicks: null, costBasis: 'none', computedTicks: null, savedTicks: null },
}
const UNKNOWN: Sums = { tokens: null, cost: { ...NONE.cost, costBasis: 'unknown' } }

/** The sum of a page's results. The ledger itself leaves out those that it already has. */
export function sumOf(bills: readonly Bill[]): Sums {
  if (bills.length === 0) return NONE
  const sum = (field: Exclude<keyof Bill, 'id' | 'formerId' | 'costBasis'>): number | null =>
    bills.every((bill) => bill[field] === null)
      ? null
      : bills.reduce((total, bill) => total + (bill[field] ?? 0), 0)
  const tokens = {
    input: sum('inputTokens') ?? 0,
    cached: sum('cachedTokens') ?? 0,
    output: sum('outputTokens') ?? 0,
    reasoning: sum('reasoningTokens') ?? 0,
  }
  const cost = {
    costTicks: sum('costTicks'),
    costBasis: basisOf(bills.map(({ costBasis }) => costBasis)),
    computedTicks: sum('computedTicks'),
    savedTicks: sum('savedTicks'),
  }
  const isExact = Object.values({ ...tokens, ...cost }).every(
    (value) => typeof value !== 'number' || Number.isSafeInteger(value),
  )
  return isExact ? { tokens, cost } : UNKNOWN
}

/** A sum that leaves something out is less than the cost: an estimate. The ledger's SQL does the same. */
function basisOf(bases: readonly (CostBasis | null)[]): CostBasis {
  const [first = 'none', ...others] = new Set(bases)
  if (others.length === 0) return first ?? 'unknown'
  return bases.includes('unknown') ? 'estimated' : 'computed'
}
