/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0005_api_tokens.sql',
  LEDGER: '0009_text_bytes.sql',
} as const
