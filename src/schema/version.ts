/** The newest migration of each database; a test holds them against the folders. */
export const SCHEMA_VERSION = {
  DB: '0009_low_latency.sql',
  LEDGER: '0013_sums.sql',
} as const

/**
 * The migrations of LEDGER after which sums of rows are others than those of before: whether each that
 * touches what keeps the sums is one. `deploy` says so; a test holds the list against the folder.
 */
export const CHANGES_SUMS: Readonly<Record<string, boolean>> = {
  '0001_rollup_trigger.sql': true,
  '0003_lost_and_found.sql': true,
  '0007_measures.sql': true,
  '0010_every_figure.sql': true,
  // Of the rows that were there, each stands for one request still.
  '0011_bounded.sql': false,
  // Of guesses that were withdrawn before, the sums of speed stand where they were.
  '0013_sums.sql': true,
}
