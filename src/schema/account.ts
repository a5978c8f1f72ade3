import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ACCOUNT_SETTINGS } from '../credentials/callers/settings.ts'
import { columnsOf } from './settings.ts'

/** The paying party. */
export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  name: text().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  ...columnsOf(ACCOUNT_SETTINGS),
})
