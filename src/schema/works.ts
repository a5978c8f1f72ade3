// Of the database LEDGER: what outlives a request at xAI, and what another model has answered.
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Mode } from '../ledger/entry.ts'
import type { AsyncJobKind } from '../ledger/async-jobs/async-job.ts'

/**
 * Work at xAI that outlives the request that began it. Who began it, and which request brought its bill:
 * each is written once, so that nothing is billed twice however often, and by however many, it is asked
 * after.
 */
export const works = sqliteTable(
  'works',
  {
    accountId: text('account_id').notNull(),
    /** As xAI names it. */
    id: text().notNull(),
    atMs: integer('at_ms').notNull(),
    /** Whose cost it is. Null: begun elsewhere, or not known to have begun. */
    tokenId: text('token_id'),
    label: text(),
    /** The request whose row has the bill. */
    billedBy: text('billed_by'),
    /** Null: of an older deployment, or only its bill is known. */
    kind: text().$type<AsyncJobKind>(),
    /** The request that began it, and whose key that was. */
    requestId: text('request_id'),
    requestedModel: text('requested_model'),
    mode: text().$type<Mode>(),
    /** What the price depends on, as the request said it: Pieces, as JSON. */
    pieces: text(),
    /** A bill that was seen before the work was known to have begun: `{by, bill}`, as JSON. */
    bill: text(),
    /** It is over, and no bill is to be expected any more. */
    doneAtMs: integer('done_at_ms'),
    /** When a job fetches the bill itself; null: it does not. */
    checkAtMs: integer('check_at_ms'),
    /** How often it has tried. */
    checks: integer().notNull().default(0),
    /** Where it goes on in a list of results. */
    cursor: text(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index('works_by_time').on(table.atMs),
    // Partial, as the next: most work is neither.
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
 * By the hour, what was asked of one model and answered by another. Triggers on `requests` keep it, as they
 * keep the sums.
 */
export const redirects = sqliteTable(
  'redirects',
  {
    accountId: text('account_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    requestedModel: text('requested_model').notNull(),
    model: text().notNull(),
    tokenId: text('token_id').notNull(),
    /** '' where there is none, as in the sums. */
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
