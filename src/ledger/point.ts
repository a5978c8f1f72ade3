import { columnOf, FIELDS, type Field } from './columns.ts'
import type { LedgerEntry } from './entry.ts'
import type { AsyncJob } from './async-jobs/async-job.ts'

/** The fields in the order of their positions. */
function placed(place: 'blob' | 'double'): Field[] {
  const fields = FIELDS.filter((field) => columnOf(field)[place] !== undefined)
  return fields.toSorted((one, other) => columnOf(one)[place]! - columnOf(other)[place]!)
}

const BLOBS = placed('blob')
const DOUBLES = placed('double')

/** The names of the positions (blob1, blob2, …, double1, …), as in docs/analytics-engine.md. */
export const POINT_LAYOUT: { blob: readonly Field[]; double: readonly Field[] } = {
  blob: BLOBS,
  double: DOUBLES,
}

const NO_BILL = {
  costTicks: null,
  inputTokens: null,
  cachedTokens: null,
  outputTokens: null,
  reasoningTokens: null,
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

interface Point {
  indexes: string[]
  blobs: (string | null)[]
  doubles: number[]
}

/** Omits the bills of async jobs: only the ledger knows whether this request is the first to bring them. */
export function toPoint(entry: LedgerEntry, work: AsyncJob | null): Point {
  if (work && work.bills.length > 0) return toPoint({ ...entry, ...NO_BILL }, null)
  return {
    indexes: [entry.accountId],
    // The requested model, if none has answered.
    blobs: BLOBS.map(
      (field) => textOf(entry[field]) ?? (field === 'model' ? entry.requestedModel : null),
    ),
    doubles: DOUBLES.map((field) => Number(entry[field] ?? columnOf(field).absent ?? 0)),
  }
}
