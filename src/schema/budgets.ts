// Database DB: budgets.
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ACTIONS, METERS, SCOPES, WHEN_UNAVAILABLE, WINDOWS } from '../spend/budget.ts'
import { accounts } from './account.ts'

/** Budgets of an account. What was spent of them is in the account's object, and in the ledger. */
export const budgets = sqliteTable(
  'budgets',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    scope: text({ enum: SCOPES }).notNull(),
    /** Null: each value has its own, or the scope is the account. '': requests without a requester. */
    value: text(),
    meter: text({ enum: METERS }).notNull(),
    window: text({ enum: WINDOWS }).notNull(),
    /** In the meter's unit: ticks, tokens or requests. */
    limit: integer('limit_amount').notNull(),
    thresholds: text({ mode: 'json' }).$type<readonly number[]>().notNull(),
    action: text({ enum: ACTIONS }).notNull(),
    whenUnavailable: text('when_unavailable', { enum: WHEN_UNAVAILABLE }).notNull(),
    increaseBy: integer('increase_by'),
    increaseUntilMs: integer('increase_until_ms'),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
    /** When a job last compared it with the ledger. */
    checkedAtMs: integer('checked_at_ms').notNull().default(0),
  },
  (table) => [
    index('budgets_by_account').on(table.accountId),
    index('budgets_by_check').on(table.checkedAtMs),
  ],
)
