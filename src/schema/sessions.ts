// Database LEDGER: sums by session.
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { SESSION_SUMS } from '../ledger/session-sums.ts'

/** Triggers on `requests` keep it: the sums of the rows that the ledger holds. */
export const sessionSums = sqliteTable(
  'session_sums',
  {
    accountId: text('account_id').notNull(),
    session: text().notNull(),
    /** The hour of the newest request. */
    lastHourMs: integer('last_hour_ms').notNull(),
    ...(Object.fromEntries(SESSION_SUMS.map((name) => [name, integer(name).notNull()])) as Record<
      (typeof SESSION_SUMS)[number],
      ReturnType<ReturnType<typeof integer>['notNull']>
    >),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.session] }),
    index('session_sums_by_hour').on(table.accountId, table.lastHourMs, table.session),
  ],
)
