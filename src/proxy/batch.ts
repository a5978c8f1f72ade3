import type { Bill } from '../ledger/work.ts'
import { costOfUsage, type Cost } from '../metering/price.ts'
import type { Prices } from '../metering/prices.ts'
import type { Tokens, Usage } from '../metering/usage.ts'

type Results = NonNullable<Usage['results']>

/** A bill for each result that cost something. The ids are the caller's, unique within the batch alone. */
export function billsOf(batchId: string, results: Results, atMs: number, prices: Prices): Bill[] {
  return results.flatMap(({ id, usage }) => {
    const { costTicks, computedTicks, savedTicks } = costOfUsage(usage, atMs, prices)
    if (costTicks === null && !usage.tokens) return []
    return {
      id: `${batchId}/${id}`,
      costTicks,
      // Batches have a discount that the table does not know: beside a bill it would only seem to drift.
      computedTicks: usage.reportedTicks ? null : computedTicks,
      savedTicks,
      inputTokens: usage.tokens?.input ?? null,
      cachedTokens: usage.tokens?.cached ?? null,
      outputTokens: usage.tokens?.output ?? null,
      reasoningTokens: usage.tokens?.reasoning ?? null,
    }
  })
}

type Sums = { tokens: Tokens | null; cost: Cost }

/** All of a page's results as one. The row says `reported` where xAI reported every one of them. */
export function sumOf(bills: readonly Bill[], results: Results): Sums {
  const sum = (field: Exclude<keyof Bill, 'id'>): number =>
    bills.reduce((total, bill) => total + (bill[field] ?? 0), 0)
  if (bills.length === 0)
    return {
      tokens: null,
      cost: { costTicks: null, costBasis: 'none', computedTicks: null, savedTicks: null },
    }
  const isReported = results.every(({ usage }) => usage.reportedTicks || !usage.tokens)
  const isPriced = bills.some(({ costTicks }) => costTicks !== null)
  return {
    tokens: {
      input: sum('inputTokens'),
      cached: sum('cachedTokens'),
      output: sum('outputTokens'),
      reasoning: sum('reasoningTokens'),
    },
    cost: {
      costTicks: isPriced ? sum('costTicks') : null,
      costBasis: isReported ? 'reported' : isPriced ? 'computed' : 'unknown',
      computedTicks: sum('computedTicks'),
      savedTicks: sum('savedTicks'),
    },
  }
}
