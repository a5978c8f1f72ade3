import { eq, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Member } from '../../credentials/sessions/store.ts'
import { alertRules, budgets, members, passkeys, providerKeys } from '../../schema/accounts.ts'

type Step = 'key' | 'request' | 'passkey' | 'budget' | 'alert'

/** What a new account has done, and what is left: the steps that this member can take. */
export type Checklist = Partial<Record<Step, boolean>>

const has = (column: AnySQLiteColumn, value: string): SQL<number> =>
  sql<number>`EXISTS (SELECT 1 FROM ${column.table} WHERE ${column} = ${value})`

type Asking = Pick<Member, 'id' | 'accountId' | 'role' | 'accessEmail'>

/** What the ledger knows of the account. */
export interface Arrived {
  /** Whether there has been a request. */
  request: boolean
  /** The mode of the newest one. */
  mode: string | undefined
}

/** Null: there is nothing left to do, or not for this member. */
export async function readChecklist(
  database: D1Database,
  { id, accountId, role, accessEmail }: Asking,
  { request, mode }: Arrived,
): Promise<Checklist | null> {
  if (role === 'viewer') return null
  const done = await drizzle(database)
    .select({
      key: has(providerKeys.accountId, accountId),
      passkey: has(passkeys.memberId, id),
      budget: has(budgets.accountId, accountId),
      alert: has(alertRules.accountId, accountId),
    })
    .from(members)
    .where(eq(members.id, id))
    .get()
  const list: Checklist = {
    // Requests with callers' own keys need no saved one.
    key: done?.key === 1 || mode === 'pass-through',
    request,
    // Who signs in through Cloudflare Access needs no passkey.
    ...(accessEmail === null && { passkey: done?.passkey === 1 }),
    ...(role === 'owner' && { budget: done?.budget === 1, alert: done?.alert === 1 }),
  }
  return Object.values(list).every(Boolean) ? null : list
}
