import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import { uuidv7 } from '../../../src/http/uuid.ts'

export const START = Date.parse('2026-11-22T10:00:00Z')

export function entry(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const atMs = changes.atMs ?? START
  return {
    v: 1,
    id: changes.id ?? uuidv7(atMs),
    atMs,
    accountId: 'a',
    tokenId: 't',
    label: 'ada',
    endpoint: 'chat/completions',
    mode: 'stored',
    requestedModel: 'grok-4.3',
    model: 'grok-4.3',
    redirected: false,
    status: 200,
    outcome: 'complete',
    streamed: true,
    inputTokens: 100,
    cachedTokens: 10,
    outputTokens: 20,
    reasoningTokens: 5,
    toolCalls: null,
    costTicks: 1_000,
    costBasis: 'reported',
    computedTicks: 1_001,
    savedTicks: 7,
    countedTicks: null,
    textBytes: 400,
    ownMs: 1,
    firstByteMs: 200,
    totalMs: 1_500,
    errorCode: null,
    errorText: null,
    responseId: 'r',
    upstreamRequestId: 'u',
    colo: 'ZRH',
    traceContext: null,
    session: null,
    tags: null,
    times: 1,
    ...changes,
  }
}

/** Of a request that will never end, as far as is known: what it was is in its row, what it used is not. */
export const LOST = {
  outcome: 'lost',
  costBasis: 'unknown',
  costTicks: null,
  computedTicks: null,
  savedTicks: null,
  inputTokens: null,
  cachedTokens: null,
  outputTokens: null,
  reasoningTokens: null,
} as const
