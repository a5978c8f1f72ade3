/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0006_client_secrets.sql',
  LEDGER: '0009_text_bytes.sql',
} as const
