import type { Field, MODES, Value } from './columns.ts'

export type Mode = (typeof MODES)[number]

/** One request, as it is remembered; `columns.ts` says what each field is. Versioned, and safe to be written twice. */
export type LedgerEntry = { v: 1 } & { [F in Field]: Value<F> }
