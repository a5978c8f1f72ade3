import { getTableColumns, sql, type SQL, type SQLWrapper, type Table } from 'drizzle-orm'

type Given<T extends Table> = {
  [K in keyof T['$inferInsert']]: T['$inferInsert'][K] | SQLWrapper
}

/**
 * The values of a new row for `INSERT … SELECT`, by column name: the given value or expression, or else the default.
 * Needed because Drizzle's `insert().select()` matches columns by order alone.
 */
export function rowOf<T extends Table>(table: T, given: Given<T>): SQL {
  const values = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value: unknown = given[key as keyof typeof given] ?? column.default
    if (value == null) return sql`NULL`
    return isSql(value) ? sql`${value}` : sql`${sql.param(value, column)}`
  })
  return sql.join(values, sql`, `)
}

const isSql = (value: unknown): value is SQLWrapper =>
  typeof value === 'object' && value !== null && 'getSQL' in value
