import { columnOf, FIELDS, type Field } from './columns.ts'
import type { LedgerEntry } from './entry.ts'
import type { Work } from './async-jobs/async-job.ts'

/** The fields in their places, from the first on. */
function placed(place: 'blob' | 'double'): Field[] {
  const fields = FIELDS.filter((field) => columnOf(field)[place] !== undefined)
  return fields.toSorted((one, other) => columnOf(one)[place]! - columnOf(other)[place]!)
}

const BLOBS = placed('blob')
const DOUBLES = placed('double')

/** The names of the positions (blob1, blob2, …, double1, …), as README tells them. */
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

/** What was brought of other work's bills is left out: whether it is the first to do so, the ledger knows. */
export function toPoint(entry: LedgerEntry, work: Work | null): Point {
  if (work && work.bills.length > 0) return toPoint({ ...entry, ...NO_BILL }, null)
  return {
    indexes: [entry.accountId],
    // The model that was asked for, where none has answered.
    blobs: BLOBS.map(
      (field) => textOf(entry[field]) ?? (field === 'model' ? entry.requestedModel : null),
    ),
    doubles: DOUBLES.map((field) => Number(entry[field] ?? columnOf(field).absent ?? 0)),
  }
}
