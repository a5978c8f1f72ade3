/** Stands in for what drizzle tells columns and keys of Postgres by, of which there are none here. */
export const isPgEnum = (): boolean => false
export const PrimaryKeyBuilder = class {
  readonly dialect = 'postgres'
}
