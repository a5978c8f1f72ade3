// Database DB: where an account's traces go.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './account.ts'

export const traceTargets = sqliteTable(
  'trace_targets',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    provider: text({ enum: ['otlp'] }).notNull(),
    /** The URL and the headers, as JSON, sealed: a header may be a key. */
    sealed: text().notNull(),
    /** The part of the URL that people may see. */
    shown: text().notNull(),
    savedAtMs: integer('saved_at_ms').notNull(),
    /** Spans that were taken, and those that were not: they are not sent again. */
    sent: integer().notNull().default(0),
    dropped: integer().notNull().default(0),
    /** Attempts that failed since the last one that did not. */
    failures: integer().notNull().default(0),
    lastError: text('last_error'),
    lastTriedAtMs: integer('last_tried_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.provider] })],
)
