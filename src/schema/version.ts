/** The newest migration of each database. A test compares them with the folders. */
export const SCHEMA_VERSION = {
  DB: '0017_opens_first.sql',
  LEDGER: '0024_left_out.sql',
} as const

/** The table in which wrangler notes migrations, where DB and LEDGER are one database: it has one for each of them. */
export const OWN_MIGRATIONS = { DB: 'accounts_migrations', LEDGER: 'ledger_migrations' } as const

/**
 * Every LEDGER migration that touches the view or triggers of the sums → whether it changes the sums of old rows.
 * `deploy` reports it. A test compares the list with the folder.
 */
export const CHANGES_SUMS: Readonly<Record<string, boolean>> = {
  '0001_rollup_trigger.sql': true,
  '0003_lost_and_found.sql': true,
  '0007_measures.sql': true,
  '0010_every_figure.sql': true,
  // Each existing row still stands for one request.
  '0011_bounded.sql': false,
  // Before it, withdrawing an estimate did not correct the sums of speed.
  '0013_sums.sql': true,
  // What budgets do not count is in new sums only.
  '0015_sums.sql': true,
  // What Metrion refused, and what was billed to keys of callers, is in new sums only.
  '0017_sums.sql': true,
  // What was lost, and whose bill comes with another request, is in new sums only.
  '0020_sums.sql': true,
}
