import type { LedgerEntry } from './entry.ts'

type Read<T> = (entry: LedgerEntry) => T

/** blob1, blob2, … of an Analytics Engine point. Positions are for ever: add at the end. */
const BLOBS = {
  id: (entry) => entry.id,
  tokenId: (entry) => entry.tokenId,
  label: (entry) => entry.label,
  endpoint: (entry) => entry.endpoint,
  mode: (entry) => entry.mode,
  model: (entry) => entry.model ?? entry.requestedModel,
  outcome: (entry) => entry.outcome,
  costBasis: (entry) => entry.costBasis,
  errorCode: (entry) => entry.errorCode,
  colo: (entry) => entry.colo,
} satisfies Record<string, Read<string | null>>

/** double1, double2, … Money is in ticks, times are in milliseconds. */
const DOUBLES = {
  status: (entry) => entry.status,
  inputTokens: (entry) => entry.inputTokens ?? 0,
  cachedTokens: (entry) => entry.cachedTokens ?? 0,
  outputTokens: (entry) => entry.outputTokens ?? 0,
  reasoningTokens: (entry) => entry.reasoningTokens ?? 0,
  costTicks: (entry) => entry.costTicks ?? 0,
  firstByteMs: (entry) => entry.firstByteMs ?? -1,
  totalMs: (entry) => entry.totalMs,
  ownMs: (entry) => entry.ownMs,
} satisfies Record<string, Read<number>>

/** The names of the positions, as README tells them. */
export const POINT_LAYOUT = { blob: Object.keys(BLOBS), double: Object.keys(DOUBLES) } as const

interface Point {
  indexes: string[]
  blobs: (string | null)[]
  doubles: number[]
}

export function toPoint(entry: LedgerEntry): Point {
  return {
    indexes: [entry.accountId],
    blobs: Object.values(BLOBS).map((read) => read(entry)),
    doubles: Object.values(DOUBLES).map((read) => read(entry)),
  }
}
