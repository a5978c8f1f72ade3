import type { LedgerEntry } from '../ledger/entry.ts'
import { plainModel } from '../pricing/prices.ts'
import type { Amounts } from './amounts.ts'
import type { Item } from './protocol.ts'

const plain = (model: string | null): string => (model === null ? '' : plainModel(model))

/** A row as the account's object counts it. */
export function itemOf(entry: LedgerEntry, used: Amounts): Omit<Item, 'isWritten' | 'began'> {
  return {
    id: entry.id,
    tokenId: entry.tokenId,
    requester: entry.label ?? '',
    requestedModel: plain(entry.requestedModel),
    model: plain(entry.model ?? entry.requestedModel),
    endpoint: entry.endpoint,
    atMs: entry.atMs,
    used,
    isComplete: entry.outcome === 'complete' && entry.costTicks !== null,
  }
}
