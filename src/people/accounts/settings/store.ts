import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../../audit/action.ts'
import { writeDown } from '../../../audit/store.ts'
import { forgetOrigins } from '../../../credentials/origins/store.ts'
import {
  DEFAULTS,
  FLAGS,
  forEachFlag,
  type CallerSettings,
} from '../../../credentials/callers/settings.ts'
import { forgetAccount } from '../../../credentials/callers/store.ts'
import type { Background, Env } from '../../../env.ts'
import { eraseAccounts } from '../../../ledger/retention/job.ts'
import { requestErasure } from '../../../ledger/retention/store.ts'
import { accounts, members } from '../../../schema/accounts.ts'
import type { AccountSettings } from './input.ts'

/** Throws where the account is gone, which its members are with it. */
export async function readAccountSettings(
  database: D1Database,
  accountId: string,
): Promise<AccountSettings> {
  const found = await drizzle(database)
    .select(pickColumns())
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .get()
  if (!found) throw new Error('the account is gone')
  return found
}

/** What the audit calls each. */
const NAMES: Record<keyof AccountSettings, string> = {
  name: 'name',
  currency: 'currency',
  rateMicros: 'exchange rate',
  rateDate: 'exchange rate',
  ...forEachFlag((flag) => FLAGS[flag].audit),
  allowedOrigins: 'ALLOWED_ORIGINS',
}

/** Those that are remembered with a caller. */
const OF_CALLERS = Object.keys(DEFAULTS) as (keyof CallerSettings)[]

const pickColumns = () => {
  const { name, currency, rateMicros, rateDate, allowedOrigins } = accounts
  const flags = forEachFlag((flag) => accounts[flag])
  return { name, currency, rateMicros, rateDate, ...flags, allowedOrigins }
}

const differ = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) !== JSON.stringify(other)

/** Saves what differs, and writes down what it was. */
export async function saveAccountSettings(
  env: Env,
  actor: Actor,
  settings: AccountSettings,
  nowMs: number,
): Promise<void> {
  const { accountId } = actor
  const before = await readAccountSettings(env.DB, accountId)
  const keys = Object.keys(NAMES) as (keyof AccountSettings)[]
  const changed = new Set(
    keys.filter((key) => differ(before[key], settings[key])).map((key) => NAMES[key]),
  )
  if (changed.size === 0) return
  await drizzle(env.DB).update(accounts).set(settings).where(eq(accounts.id, accountId))
  forgetOrigins()
  if (OF_CALLERS.some((key) => differ(before[key], settings[key])))
    await forgetAccount(env, accountId)
  await writeDown(env.DB, actor, 'account.changed', [...changed].join(', '), nowMs)
}

/** A member's own name and address. */
export async function saveAboutMe(
  database: D1Database,
  member: Actor & { id: string; email: string | null },
  about: { name: string; email: string | null },
  nowMs: number,
): Promise<void> {
  await drizzle(database)
    .update(members)
    .set(about)
    .where(and(eq(members.id, member.id), eq(members.accountId, member.accountId)))
  // Whether, and not to what: the audit outlives the address.
  if (about.email !== member.email)
    await writeDown(database, member, 'member.email-changed', '', nowMs)
}

/** Deletes an account with everything of it: what is many goes in the background, and by a job. */
export async function deleteAccount(
  env: Env,
  ctx: Background,
  accountId: string,
  nowMs: number,
): Promise<void> {
  await requestErasure(env.LEDGER, accountId, nowMs)
  await forgetAccount(env, accountId)
  await drizzle(env.DB).delete(accounts).where(eq(accounts.id, accountId))
  // Whoever asked KV or D1 meanwhile may have remembered it.
  await forgetAccount(env, accountId)
  ctx.waitUntil(eraseAccounts(env, nowMs))
}
