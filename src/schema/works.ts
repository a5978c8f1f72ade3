// Database LEDGER: async jobs, and redirects to other models.
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Mode } from '../ledger/entry.ts'
import type { AsyncJobKind } from '../metering/async-job-kinds.ts'

/**
 * Async jobs at xAI. Who began a job, and which request brought its bill, are each written once, so that a job is
 * billed once however often, and by however many callers, its result is fetched.
 */
export const asyncJobs = sqliteTable(
  'works',
  {
    accountId: text('account_id').notNull(),
    /** xAI's id. */
    id: text().notNull(),
    atMs: integer('at_ms').notNull(),
    /** The token that the cost belongs to. Null: begun elsewhere, or not known to have begun. */
    tokenId: text('token_id'),
    label: text(),
    session: text(),
    /** Values by name, as JSON. */
    tags: text(),
    /** The request whose row has the bill. */
    billedBy: text('billed_by'),
    /** Null: from an older deployment, or only the bill is known. */
    kind: text().$type<AsyncJobKind>(),
    /** The request that began it; `mode` says whose key that used. */
    requestId: text('request_id'),
    requestedModel: text('requested_model'),
    mode: text().$type<Mode>(),
    /** The units that the price depends on: BillableUnits, as JSON. */
    pieces: text(),
    /** What budgets counted for it until its bill came. */
    countedTicks: integer('counted_ticks'),
    /** A bill that came before the job was known to have begun: `{by, bill}`, as JSON. */
    bill: text(),
    /** When the job ended: no further bill is expected. */
    doneAtMs: integer('done_at_ms'),
    /** When the cron job next fetches the bill itself. Null: never. */
    checkAtMs: integer('check_at_ms'),
    /** The number of tries so far. */
    checks: integer().notNull().default(0),
    /** The place to continue at in a list of results. */
    cursor: text(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index('works_by_time').on(table.atMs),
    // Partial, like the next: most async jobs are neither.
    index('works_outstanding')
      .on(table.accountId, table.atMs)
      .where(
        sql`"token_id" IS NOT NULL AND "billed_by" IS NULL AND "done_at_ms" IS NULL AND "kind" <> 'response'`,
      ),
    index('works_to_check')
      .on(table.checkAtMs)
      .where(sql`"check_at_ms" IS NOT NULL AND "billed_by" IS NULL AND "done_at_ms" IS NULL`),
  ],
)

/**
 * Requests per hour that were answered by another model than the requested one. Triggers on `requests` keep
 * it, like the sums.
 */
export const redirects = sqliteTable(
  'redirects',
  {
    accountId: text('account_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    requestedModel: text('requested_model').notNull(),
    model: text().notNull(),
    tokenId: text('token_id').notNull(),
    /** '' for none, as in the sums. */
    label: text().notNull(),
    requests: integer().notNull(),
    costTicks: integer('cost_ticks').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.accountId,
        table.hourMs,
        table.requestedModel,
        table.model,
        table.tokenId,
        table.label,
      ],
    }),
  ],
)
