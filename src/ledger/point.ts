import type { LedgerEntry } from './entry.ts'
import type { Work } from './work.ts'

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
  times: (entry) => entry.times,
} satisfies Record<string, Read<number>>

const READ_BLOBS = Object.values(BLOBS)
const READ_DOUBLES = Object.values(DOUBLES)

/** The names of the positions, as README tells them. */
export const POINT_LAYOUT = { blob: Object.keys(BLOBS), double: Object.keys(DOUBLES) } as const

const NO_BILL = {
  costTicks: null,
  inputTokens: null,
  cachedTokens: null,
  outputTokens: null,
  reasoningTokens: null,
}

interface Point {
  indexes: string[]
  blobs: (string | null)[]
  doubles: number[]
}

/** What was brought of other work's bills is left out: whether it is the first to do so, the ledger knows. */
export function toPoint(entry: LedgerEntry, work: Work | null): Point {
  if (work && work.bills.length > 0) return toPoint({ ...entry, ...NO_BILL }, null)
  return {
    indexes: [entry.accountId],
    blobs: READ_BLOBS.map((read) => read(entry)),
    doubles: READ_DOUBLES.map((read) => read(entry)),
  }
}
