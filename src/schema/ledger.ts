// Database LEDGER: what was used and what it cost. No prompt, no answer, no key.
import { sql } from 'drizzle-orm'
import { columnOf, FIELDS, type Field } from '../ledger/columns.ts'
import { MEASURE_COLUMNS, measureOf, type MeasureColumn } from '../ledger/measures.ts'
import { failedSql } from '../ledger/outcomes.ts'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * One row a request. Ids are UUIDv7 and so sort by time: the primary key alone serves "the newest of
 * an account" and every range of time. The migration makes both tables WITHOUT ROWID, for one written
 * row in place of two.
 */
/** Rows that were written before the column was there have what messages without it stand for. */
function withDefault<T extends { default: (value: never) => T }>(column: T, fallback: unknown): T {
  return fallback == null ? column : column.default(fallback as never)
}

/** As SQLite has the values of a column. */
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

export const requests = sqliteTable(
  'requests',
  {
    ...described,
    /** Its hour had requesters enough without it: it is in the sums of the others. A trigger says so. */
    inOthers: integer('in_others', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    // By the model that answered, or was asked for where none did, as in the sums.
    index('requests_by_model').on(
      table.accountId,
      sql`ifnull("model", "requested_model")`,
      table.id,
    ),
    index('requests_by_token').on(table.accountId, table.tokenId, table.id),
    // Partial: what most rows lack costs them no written row.
    index('requests_by_label')
      .on(table.accountId, table.label, table.id)
      .where(sql`${table.label} IS NOT NULL`),
    // All that failures are counted by is in it, so that counting reads no row.
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

/** What is summed up of any number of requests. */
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
 * Sums per hour, kept by a trigger on `requests`, so that they are written with the row or not at all
 * and a repeated row counts once. '' stands for no model and no label, since NULL equals nothing.
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
    // The label first: one requester's sums of an hour are one step away.
    primaryKey({
      columns: [table.accountId, table.hourMs, table.label, table.model, table.tokenId],
    }),
  ],
)

/**
 * Sums of `rollups` that a job makes once their time is over, for questions that need not know
 * everything: by model and token, by label alone, or all in one, of an hour or a day, and by all of them
 * of a day (`cube`; `turned`: with model and label in each other's place). '' stands for what is not told apart. Whether a time has been summed up, `unfolded` says.
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

/** Hours and days whose sums have changed since they were summed up, if ever; triggers keep it. */
export const staleSums = sqliteTable(
  'unfolded',
  {
    accountId: text('account_id').notNull(),
    kind: text({ enum: ['hour', 'day'] }).notNull(),
    startMs: integer('start_ms').notNull(),
    /** How far it has been summed up: a key of `rollups`, as JSON; null: not at all. */
    cursor: text(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.kind, table.startMs] })],
)

/** How many requesters an hour has sums of; a trigger counts them, and those beyond a limit are one. */
export const hourLabels = sqliteTable(
  'hour_labels',
  {
    accountId: text('account_id').notNull(),
    hourMs: integer('hour_ms').notNull(),
    labels: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.hourMs] })],
)

/** What triggers go by, as a job takes it over from the settings. */
export const limits = sqliteTable('limits', {
  name: text({ enum: ['requesters_per_hour'] }).primaryKey(),
  value: integer().notNull(),
})

/** Requests under way for long: what to remember of each, should it never end. In order of time. */
export const openRequests = sqliteTable('open_requests', {
  id: text().primaryKey(),
  /** A LedgerEntry, as JSON. */
  entry: text().notNull(),
})

/**
 * What each isolate has done with its entries, as it last said; `written` is counted where the rows are
 * inserted. Accepted = written + waiting + dead + lost. Two are no isolates: `marks` closes what never
 * ended, `past` is the sum of those not heard of for long.
 */
export const writers = sqliteTable('writers', {
  id: text().primaryKey(),
  accepted: integer().notNull(),
  written: integer().notNull(),
  retried: integer().notNull(),
  lost: integer().notNull(),
  pendingSinceMs: integer('pending_since_ms'),
  /** Of what it accepted, taken for lost: it is nowhere under way any more. Should it come, it counts. */
  givenUp: integer('given_up').notNull().default(0),
  seenAtMs: integer('seen_at_ms').notNull(),
})

/** Messages that cannot be written as they are, with the reason; `npm run ledger -- replay` tries again. */
export const deadLetters = sqliteTable('dead_letters', {
  id: text().primaryKey(),
  atMs: integer('at_ms').notNull(),
  /** Null: not a message of ours. */
  writerId: text('writer_id'),
  reason: text().notNull(),
  message: text().notNull(),
})

export { archived, letGo, pruned, restoredDays, tombstones } from './retention.ts'
export { redirects, works } from './works.ts'

/** Accounts that are deleted, whose rows are still to go. */
export const erasures = sqliteTable('erasures', {
  accountId: text('account_id').primaryKey(),
  requestedAtMs: integer('requested_at_ms').notNull(),
  /** When the last of it had gone; what comes later is looked for again. */
  erasedAtMs: integer('erased_at_ms'),
})

/** Jobs that had no turn in the last run of theirs, which come first in the next. */
export const leftOutJobs = sqliteTable('left_out_jobs', {
  name: text().primaryKey(),
  sinceMs: integer('since_ms').notNull(),
})
