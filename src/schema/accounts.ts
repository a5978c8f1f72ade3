// Database DB: accounts, members and credentials. Times are in milliseconds since 1970; secrets are hashed or sealed.
import type { Scope } from '../credentials/api-tokens/token.ts'
import type { Action } from '../audit/action.ts'
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { TOKEN_SETTINGS } from '../credentials/callers/settings.ts'
import { accounts } from './account.ts'
import { columnsOf } from './settings.ts'
import { ROLES } from '../credentials/roles.ts'

export { accounts }
export { alertCycles, alertMessages, alertRules, channels, deliveries } from './alerts.ts'
export { billDays, managementKeys } from './billing.ts'
export { traceTargets } from './traces.ts'
export { savedViews } from './views.ts'
export { budgets } from './budgets.ts'

/** A person in an account. */
export const members = sqliteTable(
  'members',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    role: text({ enum: ROLES }).notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    /** As the member entered it, in lower case. Not unique, so that nobody can find out whether an address is known. */
    email: text(),
    /** The address that Cloudflare Access confirmed when the member joined, or linked it later. */
    accessEmail: text('access_email'),
  },
  (table) => [
    index('members_by_account').on(table.accountId),
    index('members_by_email').on(table.email),
    index('members_by_access_email').on(table.accessEmail),
  ],
)

/**
 * One-time links. Null `accountId`: the link creates an account. With `memberId`: it lets that member sign in again.
 */
export const invitations = sqliteTable('invitations', {
  codeHash: text('code_hash').primaryKey(),
  accountId: text('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
  role: text({ enum: ROLES }).notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  expiresAtMs: integer('expires_at_ms').notNull(),
  usedAtMs: integer('used_at_ms'),
  /** An id known only to the request that used the link: the new member's, or a random one. */
  usedBy: text('used_by'),
  memberId: text('member_id').references(() => members.id, { onDelete: 'cascade' }),
  /** The new member's e-mail address, if known. */
  email: text(),
  /** It works only while there is no account: a printed link, or one for the set-up code. Null: at any time. */
  opensFirst: text('opens_first', { enum: ['link', 'setup'] }),
  /** The owner who created it; deleted with that owner. Null: created on the command line. */
  createdBy: text('made_by').references(() => members.id, { onDelete: 'cascade' }),
})

export const sessions = sqliteTable(
  'sessions',
  {
    secretHash: text('secret_hash').primaryKey(),
    memberId: text('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
    /** Accurate to the hour: written when the session is extended. */
    seenAtMs: integer('seen_at_ms'),
    userAgent: text('user_agent'),
  },
  (table) => [index('sessions_by_member').on(table.memberId)],
)

/** The audit log. Names are copied, so that entries outlive members and tokens. */
export const auditRows = sqliteTable(
  'audit',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    atMs: integer('at_ms').notNull(),
    memberName: text('member_name').notNull(),
    action: text().$type<Action>().notNull(),
    /** The object of the action: the name of a token, the last four characters of a key, a member. */
    subject: text().notNull(),
  },
  (table) => [index('audit_by_account').on(table.accountId, table.id)],
)

/** WebAuthn credentials: public keys only, no secrets. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    /** The authenticator's id for it, base64url. */
    id: text().primaryKey(),
    memberId: text('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** COSE, base64url. */
    publicKey: text('public_key').notNull(),
    counter: integer().notNull(),
    transports: text({ mode: 'json' }).$type<string[]>().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    lastUsedAtMs: integer('last_used_at_ms'),
  },
  (table) => [index('passkeys_by_member').on(table.memberId)],
)

/** WebAuthn challenges not yet answered. Each works once. */
export const challenges = sqliteTable('challenges', {
  challenge: text().primaryKey(),
  /** The member who adds a passkey. Null: somebody signs in with one. */
  memberId: text('member_id').references(() => members.id, { onDelete: 'cascade' }),
  expiresAtMs: integer('expires_at_ms').notNull(),
})

/** `sk-metrion-…`: found by its hash; sealed, so that it can be shown again. */
export const tokens = sqliteTable(
  'tokens',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    hash: text().notNull().unique(),
    sealed: text().notNull(),
    lastFour: text('last_four').notNull(),
    /** Who may see its text, beside owners. Null: not known any more. */
    createdBy: text('created_by').references(() => members.id, { onDelete: 'set null' }),
    createdAtMs: integer('created_at_ms').notNull(),
    revokedAtMs: integer('revoked_at_ms'),
    ...columnsOf(TOKEN_SETTINGS),
    /** The secret before the last rotation: its hash, and until when it is accepted. */
    formerHash: text('former_hash'),
    formerUntilMs: integer('former_until_ms'),
    /** The token that replaced it when it was regenerated. */
    replacedBy: text('replaced_by'),
  },
  (table) => [
    index('tokens_by_account').on(table.accountId),
    // A member who leaves is looked for in it.
    index('tokens_by_maker').on(table.createdBy),
    uniqueIndex('tokens_by_former_hash').on(table.formerHash),
  ],
)

/** Objects at xAI created with tokens of the scope `inference`. Each such token may use only its own. */
export const objects = sqliteTable(
  'objects',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** xAI's id. */
    id: text().notNull(),
    tokenId: text('token_id').notNull(),
    /** When xAI deletes it. Null: only when somebody deletes it. */
    expiresAtMs: integer('expires_at_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index('objects_by_end')
      .on(table.expiresAtMs)
      .where(sql`"expires_at_ms" IS NOT NULL`),
  ],
)

/** `mk-metrion-…`: reads the account's data, nothing else. Found by its hash; never shown again. */
export const apiTokens = sqliteTable(
  'api_tokens',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The member who created it; deleted with that member. */
    memberId: text('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    hash: text().notNull().unique(),
    lastFour: text('last_four').notNull(),
    scopes: text({ mode: 'json' }).$type<Scope[]>().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    /** Accurate to the hour. */
    lastUsedAtMs: integer('last_used_at_ms'),
  },
  (table) => [
    index('api_tokens_by_account').on(table.accountId),
    index('api_tokens_by_member').on(table.memberId),
  ],
)

/** The account's xAI key, sealed. */
export const providerKeys = sqliteTable(
  'provider_keys',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    provider: text({ enum: ['grok'] }).notNull(),
    sealed: text().notNull(),
    lastFour: text('last_four').notNull(),
    savedAtMs: integer('saved_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.provider] })],
)

/** A known text sealed under each version of the master key, to detect a wrong master key. */
export const canaries = sqliteTable('canaries', {
  version: text().primaryKey(),
  sealed: text().notNull(),
  /** When a job last found this version to be the current one. */
  currentAtMs: integer('current_at_ms'),
})

/** Lets the operator's command line ask the Worker for the doctor's findings. Few, and gone within minutes. */
export const operatorPasses = sqliteTable('operator_passes', {
  secretHash: text('secret_hash').primaryKey(),
  expiresAtMs: integer('expires_at_ms').notNull(),
})

/** Codes that have opened an account: a set-up code works once, also after that account is deleted. */
export const usedSetupCodes = sqliteTable('used_setup_codes', {
  codeHash: text('code_hash').primaryKey(),
  usedAtMs: integer('used_at_ms').notNull(),
})
