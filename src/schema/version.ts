/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0004_access_email.sql',
  LEDGER: '0007_measures.sql',
} as const
