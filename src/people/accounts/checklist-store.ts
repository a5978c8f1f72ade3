import { eq, sql, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Member } from '../../credentials/sessions/store.ts'
import { alertRules, budgets, members, passkeys, providerKeys } from '../../schema/accounts.ts'

/** What a new account has done, and what is left. */
export interface Checklist {
  key: boolean
  request: boolean
  passkey: boolean
  budget: boolean
  alert: boolean
}

const has = (column: AnySQLiteColumn, value: string): SQL<number> =>
  sql<number>`EXISTS (SELECT 1 FROM ${column.table} WHERE ${column} = ${value})`

/** `latest`: the account's newest request, if there is one. Null: there is nothing left to do, or not for this member. */
export async function readChecklist(
  database: D1Database,
  { id, accountId, role }: Pick<Member, 'id' | 'accountId' | 'role'>,
  latest: { mode: string } | null,
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
  const list = {
    // Requests with callers' own keys need no saved one.
    key: done?.key === 1 || latest?.mode === 'pass-through',
    request: latest !== null,
    passkey: done?.passkey === 1,
    budget: done?.budget === 1,
    alert: done?.alert === 1,
  }
  return Object.values(list).every(Boolean) ? null : list
}
