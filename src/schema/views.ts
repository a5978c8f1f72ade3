// Database DB: views of the log and the dashboard that people have saved.
import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './account.ts'

export const savedViews = sqliteTable(
  'saved_views',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** The page with its query. */
    path: text().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [uniqueIndex('saved_views_by_name').on(table.accountId, table.name)],
)
