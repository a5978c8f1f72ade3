// Database LEDGER: what remains of pruned rows.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * Ids of pruned rows whose messages may still come again, for example from a queue. They are not
 * written a second time.
 */
export const tombstones = sqliteTable('tombstones', { id: text().primaryKey() })

/** Daily totals of pruned rows, added up from the rows themselves. From then on, the sums are verified against them. */
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

/** The archive objects that hold the rows of an account's day. */
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

/** Days restored from the archive, and how long they stay. */
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

/** Up to when an account's rows are pruned. The sums from before stand without their rows. */
export const pruned = sqliteTable('pruned', {
  accountId: text('account_id').primaryKey(),
  beforeMs: integer('before_ms').notNull(),
  /** When rows were last pruned early, for lack of room. Null: never. */
  earlyAtMs: integer('early_at_ms'),
  /** Before this, sums are daily; before the next, monthly. */
  dailyBeforeMs: integer('daily_before_ms').notNull().default(0),
  monthlyBeforeMs: integer('monthly_before_ms').notNull().default(0),
  /** Up to when monthly compaction has begun. Days before it can no longer be restored from the archive. */
  monthlyUntilMs: integer('monthly_until_ms').notNull().default(0),
})
