import type { RequestRow } from './store.ts'

/** A request as the API tells it. Money in ticks (1 USD = 10,000,000,000), times in milliseconds. */
export function presentRequest(row: RequestRow, tokenNames: ReadonlyMap<string, string>): object {
  return {
    id: row.id,
    at: new Date(row.atMs).toISOString(),
    endpoint: row.endpoint,
    mode: row.mode,
    status: row.status,
    outcome: row.outcome,
    streamed: row.streamed,
    label: row.label,
    token: { id: row.tokenId, name: tokenNames.get(row.tokenId) ?? null },
    requestedModel: row.requestedModel,
    model: row.model,
    inputTokens: row.inputTokens,
    cachedTokens: row.cachedTokens,
    outputTokens: row.outputTokens,
    reasoningTokens: row.reasoningTokens,
    costTicks: row.costTicks,
    costBasis: row.costBasis,
    computedTicks: row.computedTicks,
    firstByteMs: row.firstByteMs,
    totalMs: row.totalMs,
    errorCode: row.errorCode,
    errorText: row.errorText,
    responseId: row.responseId,
    upstreamRequestId: row.upstreamRequestId,
  }
}
