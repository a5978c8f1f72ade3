import { and, asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import type { Env } from '../../env.ts'
import { alertRules } from '../../schema/accounts.ts'
import type { Rule } from './rule.ts'

export type RuleRow = typeof alertRules.$inferSelect
type Fields = Omit<Rule, 'id' | 'accountId' | 'createdAtMs'>

export const MOST_RULES = 50

const own = (accountId: string, id: string) =>
  and(eq(alertRules.accountId, accountId), eq(alertRules.id, id))

/** The oldest first. */
export const listRules = ({ DB }: Pick<Env, 'DB'>, accountId: string): Promise<RuleRow[]> =>
  drizzle(DB)
    .select()
    .from(alertRules)
    .where(eq(alertRules.accountId, accountId))
    .orderBy(asc(alertRules.createdAtMs), asc(alertRules.id))

/** Null: the account has no such rule. */
export async function findRule(
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
  id: string,
): Promise<RuleRow | null> {
  return (await drizzle(DB).select().from(alertRules).where(own(accountId, id)).get()) ?? null
}

/** Null: the account has too many. */
export async function createRule(
  { DB }: Pick<Env, 'DB'>,
  actor: Actor,
  fields: Fields,
  nowMs: number,
): Promise<RuleRow | null> {
  const { accountId } = actor
  if ((await listRules({ DB }, accountId)).length >= MOST_RULES) return null
  const [row] = await drizzle(DB)
    .insert(alertRules)
    .values({
      ...fields,
      id: crypto.randomUUID(),
      accountId,
      createdAtMs: nowMs,
      changedAtMs: nowMs,
    })
    .returning()
  await recordAudit(DB, actor, 'alert.created', fields.name, nowMs)
  return row!
}

/** Changes a rule. What it has told is forgotten, because it may say something else now. */
export async function updateRule(
  { DB }: Pick<Env, 'DB'>,
  actor: Actor,
  id: string,
  fields: Partial<Fields>,
  nowMs: number,
): Promise<RuleRow | null> {
  const before = await findRule({ DB }, actor.accountId, id)
  if (before === null) return null
  const changed = (Object.keys(fields) as (keyof Fields)[]).filter(
    (key) => JSON.stringify(fields[key]) !== JSON.stringify(before[key]),
  )
  if (changed.length === 0) return before
  const isOther = changed.some((key) => key !== 'name' && key !== 'channels')
  const [row] = await drizzle(DB)
    .update(alertRules)
    .set({ ...fields, changedAtMs: nowMs, ...(isOther ? { state: '{}' } : {}) })
    .where(own(actor.accountId, id))
    .returning()
  if (!row) return null
  await recordAudit(DB, actor, 'alert.changed', `${row.name}: ${changed.join(', ')}`, nowMs)
  return row
}

/** False: the account has no such rule. */
export async function deleteRule(
  { DB }: Pick<Env, 'DB'>,
  actor: Actor,
  id: string,
  nowMs: number,
): Promise<boolean> {
  const [row] = await drizzle(DB)
    .delete(alertRules)
    .where(own(actor.accountId, id))
    .returning({ name: alertRules.name })
  if (!row) return false
  await recordAudit(DB, actor, 'alert.deleted', row.name, nowMs)
  return true
}
