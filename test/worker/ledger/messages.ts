import { env } from 'cloudflare:workers'
import type { LedgerEntry } from '../../../src/ledger/entry.ts'
import type { LedgerMessage } from '../../../src/ledger/message.ts'
import { uuidv7 } from '../../../src/ledger/uuid.ts'
import { Writer } from '../../../src/ledger/writer.ts'

export const START = Date.parse('2026-11-22T10:00:00Z')

export function entry(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const atMs = changes.atMs ?? START
  return {
    v: 1,
    id: uuidv7(atMs),
    atMs,
    accountId: 'a',
    tokenId: 't',
    label: 'ada',
    endpoint: 'chat/completions',
    mode: 'stored',
    requestedModel: 'grok-4.3',
    model: 'grok-4.3',
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
    ownMs: 1,
    firstByteMs: 200,
    totalMs: 1_500,
    errorCode: null,
    errorText: null,
    responseId: 'r',
    upstreamRequestId: 'u',
    colo: 'ZRH',
    ...changes,
  }
}

/** Entries as one isolate hands them over, one after the other. */
export function messagesOf(
  entries: readonly LedgerEntry[],
  kind: LedgerMessage['kind'] = 'entry',
  writer = new Writer(crypto.randomUUID()),
): LedgerMessage[] {
  return entries.map((one) => {
    if (kind === 'entry') writer.accept(one.id, one.atMs)
    const message = {
      v: 1,
      kind,
      entry: one,
      marked: false,
      writer: writer.snapshot(one.id),
    } as const
    writer.handedOver(one.id)
    return message
  })
}

export const all = async (table: string): Promise<Record<string, unknown>[]> =>
  (await env.LEDGER.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()).results

/** An empty ledger. */
export async function freshLedger(): Promise<void> {
  await env.LEDGER.batch([
    env.LEDGER.prepare('DELETE FROM requests'),
    env.LEDGER.prepare('DELETE FROM rollups'),
    env.LEDGER.prepare('DELETE FROM writers'),
    env.LEDGER.prepare('DELETE FROM open_requests'),
    env.LEDGER.prepare('DELETE FROM dead_letters'),
  ])
}
