// Database DB: xAI's own bill, as its management API tells it.
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './account.ts'

/** The account's management key of xAI, sealed: it reads the bill, and sends no request. */
export const managementKeys = sqliteTable(
  'management_keys',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    provider: text({ enum: ['grok'] }).notNull(),
    sealed: text().notNull(),
    lastFour: text('last_four').notNull(),
    savedAtMs: integer('saved_at_ms').notNull(),
    /** When the bill was last read, and when it is read next. */
    readAtMs: integer('read_at_ms'),
    nextAtMs: integer('next_at_ms').notNull().default(0),
    /** The reason why the last reading failed. Null: it did not. */
    problem: text(),
    /** The running invoice as it was read last: an Invoice, as JSON. */
    invoice: text(),
    /** The id of our key at xAI, and since when it is known to be the one in use. */
    keyId: text('key_id'),
    keySinceMs: integer('key_since_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.provider] }),
    index('management_keys_due').on(table.nextAtMs),
  ],
)

/** xAI's bill of a day (UTC), by hour and model: HourlyBill[], as JSON. */
export const billDays = sqliteTable(
  'bill_days',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    dayMs: integer('day_ms').notNull(),
    readAtMs: integer('read_at_ms').notNull(),
    hours: text().notNull(),
    /** xAI cut its answer short: the figures are incomplete. */
    isCut: integer('is_cut', { mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.dayMs] })],
)
