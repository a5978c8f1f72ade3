/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0008_scopes_and_origins.sql',
  LEDGER: '0011_bounded.sql',
} as const
