/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0000_accounts.sql',
  LEDGER: '0001_rollup_trigger.sql',
} as const
