/** Replaces Drizzle's checks for Postgres columns and keys, which never apply here. */
export const isPgEnum = (): boolean => false
export const PrimaryKeyBuilder = class {
  readonly dialect = 'postgres'
}
