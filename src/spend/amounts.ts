import type { LedgerEntry } from '../ledger/entry.ts'
import { UNCOUNTED, type Outcome } from '../ledger/outcomes.ts'
import type { Meter } from './budget.ts'

/** What a request uses, or is expected to use, by meter. */
export type Amounts = Readonly<Record<Meter, number>>

export const NOTHING: Amounts = { cost: 0, tokens: 0, requests: 0 }

/** A row as budgets count it. `ledger/measures.ts` says the same in SQL. */
export function countedOf(
  entry: Pick<
    LedgerEntry,
    'outcome' | 'costTicks' | 'countedTicks' | 'inputTokens' | 'outputTokens' | 'times'
  >,
): Amounts {
  const { outcome, costTicks, countedTicks, inputTokens, outputTokens, times } = entry
  const isTaken = !(UNCOUNTED as readonly Outcome[]).includes(outcome)
  return {
    cost: costTicks ?? countedTicks ?? 0,
    tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
    requests: isTaken ? times : 0,
  }
}
