// Database LEDGER: usage and costs. No prompts, answers or keys.
import { sql } from 'drizzle-orm'
import { columnOf, FIELDS, type Field } from '../ledger/columns.ts'
import { MEASURE_COLUMNS, measureOf, type MeasureColumn } from '../ledger/measures.ts'
import { failedSql } from '../ledger/outcomes.ts'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Older rows have the same default as messages that lack the column. */
function withDefault<T extends { default: (value: never) => T }>(column: T, fallback: unknown): T {
  return fallback == null ? column : column.default(fallback as never)
}

/** The SQLite column of a field. */
function columnBuilder(field: Field) {
  const { sql: name, type, nullable, fallback } = columnOf(field)
  const column =
    type === 'flag'
      ? withDefault(integer(name, { mode: 'boolean' }), fallback)
      : type === 'count' || type === 'ticks'
        ? withDefault(integer(name), fallback)
        : text(name)
  return nullable ? column : column.notNull()
}

const described = Object.fromEntries(
  FIELDS.map((field) => [field, columnBuilder(field)]),
) as Record<Field, ReturnType<typeof text>>

/**
 * One row per request. Ids are UUIDv7 and so sort by time: the primary key alone serves "the newest of an account" and
 * every time range. The migration makes the table WITHOUT ROWID: one written row per request instead of two.
 */
export const requests = sqliteTable(
  'requests',
  {
    ...described,
    /** Its hour had reached the limit of requesters, so the row is summed up under OTHERS. A trigger sets it. */
    inOthers: integer('in_others', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    // By the model that answered, or else the requested one, as in the sums.
    index('requests_by_model').on(
      table.accountId,
      sql`ifnull("model", "requested_model")`,
      table.id,
    ),
    index('requests_by_token').on(table.accountId, table.tokenId, table.id),
    // Partial, so that rows without a label cost no extra written row.
    index('requests_by_label')
      .on(table.accountId, table.label, table.id)
      .where(sql`${table.label} IS NOT NULL`),
    // Partial, like the next.
    index('requests_by_session')
      .on(table.accountId, table.session, table.id)
      .where(sql`${table.session} IS NOT NULL`),
    index('requests_with_tags')
      .on(table.accountId, table.id)
      .where(sql`${table.tags} IS NOT NULL`),
    // Partial: rows whose spans were sent, or are not wanted, are not in it.
    index('requests_to_trace')
      .on(table.accountId, table.id)
      .where(sql`${table.traceContext} IS NOT NULL`),
    // Covers all columns that failures are counted by, so that counting reads no row.
    index('requests_by_failure')
      .on(
        table.accountId,
        table.id,
        table.status,
        table.outcome,
        table.errorCode,
        table.model,
        table.requestedModel,
        table.label,
        table.tokenId,
        table.times,
      )
      .where(sql.raw(`"status" >= 400 OR ${failedSql('"outcome"')}`)),
  ],
)

/** The sums over any number of requests. */
const measures = {
  ...(Object.fromEntries(
    MEASURE_COLUMNS.map((name) => [
      name,
      measureOf(name).isLater ? integer(name).notNull().default(0) : integer(name).notNull(),
    ]),
  ) as Record<MeasureColumn, ReturnType<typeof integer>>),
  firstByteHistogram: text('first_byte_histogram').notNull(),
  totalHistogram: text('total_histogram').notNull(),
}

/**
 * Hourly sums. A trigger on `requests` keeps them, so that they are written with the row or not at all, and a
 * repeated row counts once. '' means no model or no label, since NULL equals nothing.
 */
export const rollups = sqliteTable(
  'rollups',
  {
    accountId: text('account_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    tokenId: text('token_id').notNull(),
    model: text().notNull(),
    label: text().notNull(),
    ...measures,
  },
  (table) => [
    // The label comes first, so that one requester's sums of an hour are one seek away.
    primaryKey({
      columns: [table.accountId, table.hourMs, table.label, table.model, table.tokenId],
    }),
  ],
)

/**
 * Summaries: sums of `rollups` that a job makes once an hour or a day is over. Of an hour or a day: by model and
 * token, by label, or all in one (`_all`). Of a day also by all three (`day_cube`; `day_turned`: with model and label
 * swapped). '' stands for a column that is not told apart. `unfolded` lists hours and days not summed up yet.
 */
export const summaries = sqliteTable(
  'summaries',
  {
    accountId: text('account_id').notNull(),
    kind: text({
      enum: [
        'hour',
        'hour_label',
        'hour_all',
        'day',
        'day_label',
        'day_all',
        'day_cube',
        'day_turned',
      ],
    }).notNull(),
    startMs: integer('start_ms').notNull(),
    tokenId: text('token_id').notNull(),
    model: text().notNull(),
    label: text().notNull(),
    ...measures,
  },
  (table) => [
    primaryKey({
      columns: [
        table.accountId,
        table.kind,
        table.startMs,
        table.label,
        table.model,
        table.tokenId,
      ],
    }),
  ],
)

/** Hours and days to sum up: their sums have changed since the last time, or there was none. Kept by triggers. */
export const staleSums = sqliteTable(
  'unfolded',
  {
    accountId: text('account_id').notNull(),
    kind: text({ enum: ['hour', 'day'] }).notNull(),
    startMs: integer('start_ms').notNull(),
    /** The key of `rollups` to continue after, as JSON. Null: from the beginning. */
    cursor: text(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.kind, table.startMs] })],
)

/** The number of requesters in an hour's sums, counted by a trigger. Those beyond a limit are summed up as one. */
export const hourLabels = sqliteTable(
  'hour_labels',
  {
    accountId: text('account_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    labels: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.hourMs] })],
)

/** Settings for triggers; a job copies them here. */
export const limits = sqliteTable('limits', {
  name: text({ enum: ['requesters_per_hour'] }).primaryKey(),
  value: integer().notNull(),
})

/** In-flight records of long requests, ordered by time: the row to write if the request never ends. */
export const openRequests = sqliteTable('open_requests', {
  id: text().primaryKey(),
  /** A LedgerEntry, as JSON. */
  entry: text().notNull(),
})

/**
 * Each isolate's counts of its entries, as last reported; `written` is counted where the rows are inserted. Always
 * `accepted = written + waiting + dead + lost`. Two writers are not isolates: `marks` writes the rows of requests
 * that never ended, `past` adds up the writers that have been silent for long.
 */
export const writers = sqliteTable('writers', {
  id: text().primaryKey(),
  accepted: integer().notNull(),
  written: integer().notNull(),
  retried: integer().notNull(),
  lost: integer().notNull(),
  pendingSinceMs: integer('pending_since_ms'),
  /** Accepted entries counted as lost: nothing is under way any more. If one comes after all, it counts as written. */
  givenUp: integer('given_up').notNull().default(0),
  seenAtMs: integer('seen_at_ms').notNull(),
})

/** Messages that cannot be written, with the reason. `npm run ledger -- replay` tries them again. */
export const deadLetters = sqliteTable('dead_letters', {
  id: text().primaryKey(),
  atMs: integer('at_ms').notNull(),
  /** Null: not a valid message. */
  writerId: text('writer_id'),
  reason: text().notNull(),
  message: text().notNull(),
})

export { archived, letGo, pruned, restoredDays, tombstones } from './retention.ts'
export { redirects, asyncJobs } from './works.ts'
export { sessionSums } from './sessions.ts'

/** Deleted accounts whose ledger data is to be erased. */
export const erasures = sqliteTable('erasures', {
  accountId: text('account_id').primaryKey(),
  requestedAtMs: integer('requested_at_ms').notNull(),
  /** When it was last erased completely. Later arrivals are erased again. */
  erasedAtMs: integer('erased_at_ms'),
})

/** Requests that passed, or were refused, because their account's object did not answer. Kept for a month. */
export const uncheckedRequests = sqliteTable('unchecked_requests', {
  hourMs: integer('hour_ms').primaryKey(),
  passed: integer().notNull(),
  refused: integer().notNull(),
})

/** When each cron last ran, and when each queue last delivered a probe. As many rows as there are of these. */
export const heartbeats = sqliteTable('heartbeats', {
  name: text().primaryKey(),
  atMs: integer('at_ms').notNull(),
  /** Of a cron: its jobs that had no turn, and since when, as JSON. */
  leftOut: text('left_out'),
})

/** Jobs whose last run failed, and why. */
export const failedJobs = sqliteTable('failed_jobs', {
  name: text().primaryKey(),
  sinceMs: integer('since_ms').notNull(),
  error: text().notNull(),
})
