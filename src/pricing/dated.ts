/** A row that is in force from a time on; without `from`, always. */
export type Dated<T> = T & { from?: string }

/** The latest row in force at `atMs`; null: none. Rows are in date order, those without `from` first. */
export function effectiveAt<T>(rows: readonly Dated<T>[], atMs: number): Dated<T> | null {
  return rows.findLast((row) => row.from === undefined || Date.parse(row.from) <= atMs) ?? null
}
