import { and, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { invalidateOrigins } from '../../credentials/callers/origins-store.ts'
import { ACCOUNT_SETTINGS } from '../../credentials/callers/settings.ts'
import { invalidateAccount, tokenHashes } from '../../credentials/callers/store.ts'
import type { Background, Env } from '../../env.ts'
import { eraseAccounts } from '../../ledger/retention/job.ts'
import { loggable } from '../../http/error-log.ts'
import { spendOf } from '../../spend/stub-store.ts'
import { requestErasure } from '../../ledger/retention/store.ts'
import { accounts, members } from '../../schema/accounts.ts'
import type { AccountSettings } from './settings-input.ts'

/** Throws if the account is gone; its members are deleted with it. */
export async function readAccountSettings(
  database: D1Database,
  accountId: string,
): Promise<AccountSettings> {
  const found = await drizzle(database)
    .select(COLUMNS)
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .get()
  if (!found) throw new Error('the account is gone')
  return found
}

const KEYS = ['name', ...Object.keys(ACCOUNT_SETTINGS)] as (keyof AccountSettings)[]

const auditName = (key: keyof AccountSettings): string =>
  key === 'name' ? 'name' : ACCOUNT_SETTINGS[key].audit

/** Whether KV's record of a caller includes the setting. */
const isOfCaller = (key: keyof AccountSettings): boolean =>
  key !== 'name' && ACCOUNT_SETTINGS[key].ofCaller

const COLUMNS = Object.fromEntries(KEYS.map((key) => [key, accounts[key]])) as Pick<
  typeof accounts,
  keyof AccountSettings
>

const differ = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) !== JSON.stringify(other)

/** Saves the settings if any of them differs, and audits the names of those that do. */
export async function saveAccountSettings(
  env: Env,
  actor: Actor,
  settings: AccountSettings,
  nowMs: number,
): Promise<void> {
  const { accountId } = actor
  const before = await readAccountSettings(env.DB, accountId)
  const changed = KEYS.filter((key) => differ(before[key], settings[key]))
  if (changed.length === 0) return
  await drizzle(env.DB).update(accounts).set(settings).where(eq(accounts.id, accountId))
  invalidateOrigins()
  if (changed.some(isOfCaller)) await invalidateAccount(env, accountId)
  // The windows of budgets begin elsewhere. If the object does not answer, a job tells it.
  if (changed.includes('timeZone'))
    await spendOf(env, accountId)
      .refresh(accountId)
      .catch((error: unknown) => console.error('time zone not told', loggable(error)))
  const names = new Set(changed.map(auditName))
  await recordAudit(env.DB, actor, 'account.changed', [...names].join(', '), nowMs)
}

/** Saves a member's own name and e-mail address. */
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
  // Audit that it changed, not the new value: the audit log outlives the address.
  if (about.email !== member.email)
    await recordAudit(database, member, 'member.email-changed', '', nowMs)
}

/** Deletes an account with all its data. Its rows, which may be many, are erased in the background and by a job. */
export async function deleteAccount(
  env: Env,
  ctx: Background,
  accountId: string,
  nowMs: number,
): Promise<void> {
  await requestErasure(env.LEDGER, accountId, nowMs)
  const hashes = await tokenHashes(env, accountId)
  await drizzle(env.DB).delete(accounts).where(eq(accounts.id, accountId))
  // Only now: a request that found a token in D1 just before may have written its caller to KV. The tokens are
  // gone with the account, so their hashes are read before.
  await invalidateAccount(env, accountId, hashes)
  ctx.waitUntil(eraseAccounts(env, nowMs))
  ctx.waitUntil(
    spendOf(env, accountId)
      .erase()
      .catch((error: unknown) => console.error('budgets not erased', loggable(error))),
  )
}
