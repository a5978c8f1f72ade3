import type { LedgerEntry } from '../ledger/entry.ts'
import type { Work } from '../ledger/work.ts'
import type { Ending } from './settle.ts'

/** What is to be remembered of work that outlives the request; null: there is none. */
export function workOf({ usage, workId }: Ending, entry: LedgerEntry): Work | null {
  const starts = usage.startedWork
  const isBilled = workId !== null && entry.costBasis !== 'none'
  if (starts === null && !isBilled) return null
  if (!isBilled) return { starts, of: null, bills: [] }
  const { costTicks, computedTicks, savedTicks } = entry
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = entry
  const bill = { id: workId, costTicks, computedTicks, savedTicks }
  const tokens = { inputTokens, cachedTokens, outputTokens, reasoningTokens }
  return { starts, of: workId, bills: [{ ...bill, ...tokens }] }
}
