/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0002_audit.sql',
  LEDGER: '0001_rollup_trigger.sql',
} as const
