// Database DB: alert rules, channels, and what was sent to them.
import { sql } from 'drizzle-orm'
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { CHANNEL_KINDS } from '../alerts/channels/kinds.ts'
import type { Content } from '../alerts/content.ts'
import { DELIVERY_STATES } from '../alerts/deliver/delivery.ts'
import type { Facts } from '../alerts/facts.ts'
import { RULE_KINDS } from '../alerts/rules/kinds.ts'
import type { RuleScope } from '../alerts/rules/rule.ts'
import { accounts } from './account.ts'

const account = () =>
  text('account_id')
    .notNull()
    .references(() => accounts.id, { onDelete: 'cascade' })

/** Where an account's messages go. */
export const channels = sqliteTable(
  'channels',
  {
    id: text().primaryKey(),
    accountId: account(),
    name: text().notNull(),
    kind: text({ enum: CHANNEL_KINDS }).notNull(),
    /** The address, and the secret that signs a webhook, as JSON, sealed: addresses of Slack are secrets, too. */
    sealed: text().notNull(),
    /** The part of the address that people may see. */
    shown: text().notNull(),
    /** The deployment's own origin, for the links in messages. */
    origin: text().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    /** Attempts that failed since the last one that did not. */
    failures: integer().notNull().default(0),
    lastError: text('last_error'),
    lastTriedAtMs: integer('last_tried_at_ms'),
    lastDeliveredAtMs: integer('last_delivered_at_ms'),
  },
  (table) => [index('channels_by_account').on(table.accountId)],
)

export const alertRules = sqliteTable(
  'alert_rules',
  {
    id: text().primaryKey(),
    accountId: account(),
    name: text().notNull(),
    kind: text({ enum: RULE_KINDS }).notNull(),
    scope: text({ mode: 'json' }).$type<RuleScope>().notNull(),
    /** In the unit of the kind. Null: the kind has none. */
    threshold: real('threshold'),
    /** The number of hours that are looked at. Null: the kind has none. */
    hours: integer(),
    /** With less than this, nothing is said: requests, or ticks. Null: the kind has none. */
    minimum: integer(),
    /** Ids of channels. Null: all. */
    channels: text({ mode: 'json' }).$type<readonly string[]>(),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
    /** What was told, by subject: RuleStates, as JSON. */
    state: text().notNull().default('{}'),
  },
  (table) => [
    index('alert_rules_by_account').on(table.accountId),
    index('alert_rules_by_kind').on(table.kind, table.id),
    index('alert_rules_open')
      .on(table.id)
      .where(sql`"state" ->> '$.all.open' IS NOT NULL`),
  ],
)

/** What was told. `content` is written once, by the consumer of the queue. */
export const alertMessages = sqliteTable(
  'alert_messages',
  {
    id: text().primaryKey(),
    accountId: account(),
    /** The same for whatever must be told once. */
    onceKey: text('once_key').notNull(),
    atMs: integer('at_ms').notNull(),
    facts: text({ mode: 'json' }).$type<Facts>().notNull(),
    /** Null: not composed yet. */
    content: text({ mode: 'json' }).$type<Content>(),
    /** Ids of channels. Null: all. */
    channels: text({ mode: 'json' }).$type<readonly string[]>(),
  },
  (table) => [
    uniqueIndex('alert_messages_once').on(table.accountId, table.onceKey),
    index('alert_messages_by_account').on(table.accountId, table.id),
    index('alert_messages_by_time').on(table.atMs),
    index('alert_messages_new')
      .on(table.atMs)
      .where(sql`"content" IS NULL`),
  ],
)

export const deliveries = sqliteTable(
  'deliveries',
  {
    messageId: text('message_id')
      .notNull()
      .references(() => alertMessages.id, { onDelete: 'cascade' }),
    channelId: text('channel_id').notNull(),
    accountId: account(),
    state: text({ enum: DELIVERY_STATES }).notNull(),
    attempts: integer().notNull().default(0),
    /** When it is tried next. While an attempt is running: when another one may begin. */
    nextAtMs: integer('next_at_ms').notNull(),
    error: text(),
    doneAtMs: integer('done_at_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.channelId] }),
    index('deliveries_waiting')
      .on(table.nextAtMs)
      .where(sql`"state" = 'waiting'`),
    index('deliveries_by_account').on(table.accountId),
  ],
)

/** How far the job has come with the rules of all accounts. */
export const alertCycles = sqliteTable('alert_cycles', {
  name: text().primaryKey(),
  /** When the running cycle began, and the one before it. */
  atMs: integer('at_ms').notNull(),
  beforeMs: integer('before_ms').notNull(),
  /** The id of the last rule that was looked at. '': the cycle is over. */
  cursor: text().notNull(),
})
