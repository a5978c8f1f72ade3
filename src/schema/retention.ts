// Of the database LEDGER: what is left of rows that were let go.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Ids of rows that were let go while their messages may still come again, by the queue for instance: they
 * are not written a second time.
 */
export const tombstones = sqliteTable('tombstones', { id: text().primaryKey() })

/**
 * By the day, what the rows summed up to that have been let go, added up from the rows themselves: what
 * the sums are held against from then on.
 */
export const letGo = sqliteTable(
  'let_go',
  {
    accountId: text('account_id').notNull(),
    dayMs: integer('day_ms').notNull(),
    requests: integer().notNull(),
    inputTokens: integer('input_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    reportedTicks: integer('reported_ticks').notNull(),
    computedTicks: integer('computed_ticks').notNull(),
    estimatedTicks: integer('estimated_ticks').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.dayMs] })],
)

/** The objects in the archive that hold the rows of an account's day. */
export const archived = sqliteTable(
  'archived',
  {
    accountId: text('account_id').notNull(),
    /** YYYY-MM-DD, UTC. */
    day: text().notNull(),
    key: text().notNull(),
    rows: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.day, table.key] })],
)

/** Days that were brought back from the archive, and how long they stay. */
export const restoredDays = sqliteTable(
  'restored_days',
  {
    accountId: text('account_id').notNull(),
    /** YYYY-MM-DD, UTC. */
    day: text().notNull(),
    untilMs: integer('until_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.day] })],
)

/** Up to when an account's rows have been let go; the sums of that time stand without them. */
export const pruned = sqliteTable('pruned', {
  accountId: text('account_id').primaryKey(),
  beforeMs: integer('before_ms').notNull(),
  /** When rows were last let go before their time, for want of room; null: never. */
  earlyAtMs: integer('early_at_ms'),
  /** Hourly sums before this are daily ones; and those before that are monthly ones. */
  dailyBeforeMs: integer('daily_before_ms').notNull().default(0),
  monthlyBeforeMs: integer('monthly_before_ms').notNull().default(0),
  /** Up to when that has been begun, so that no day of it comes back from the archive any more. */
  monthlyUntilMs: integer('monthly_until_ms').notNull().default(0),
})
