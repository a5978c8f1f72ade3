/** A row that holds from a moment on; one without a moment has always held. */
export type Dated<T> = T & { from?: string }

/** The latest row that was in force; rows stand in the order of their dates, the first without one. */
export function effectiveAt<T>(rows: readonly Dated<T>[], atMs: number): Dated<T> | null {
  return rows.findLast((row) => row.from === undefined || Date.parse(row.from) <= atMs) ?? null
}
