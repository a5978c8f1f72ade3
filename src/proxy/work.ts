import type { LedgerEntry } from '../ledger/entry.ts'
import type { Work } from '../ledger/work.ts'
import type { Prices } from '../metering/prices.ts'
import { billsOf } from './batch.ts'
import type { Ending } from './settle.ts'

/** What is to be remembered of work that outlives the request; null: there is none. */
export function workOf(
  { usage, workId, totalMs }: Ending,
  entry: LedgerEntry,
  prices: Prices,
): Work | null {
  const starts = usage.startedWork
  const isBilled = workId !== null && entry.costBasis !== 'none'
  if (starts === null && !isBilled) return null
  if (!isBilled) return { starts, of: null, bills: [] }
  if (usage.results) {
    const bills = billsOf(workId, usage.results, entry.atMs + totalMs, prices)
    return { starts, of: workId, bills }
  }
  const { costTicks, computedTicks, savedTicks } = entry
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = entry
  const bill = { id: workId, costTicks, computedTicks, savedTicks }
  const tokens = { inputTokens, cachedTokens, outputTokens, reasoningTokens }
  return { starts, of: workId, bills: [{ ...bill, ...tokens }] }
}
