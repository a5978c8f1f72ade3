import type { Field, MODES, Value } from './columns.ts'

export type Mode = (typeof MODES)[number]

/** The row of one request; `columns.ts` describes the fields. Versioned, and safe to write twice. */
export type LedgerEntry = { v: 1 } & { [F in Field]: Value<F> }
