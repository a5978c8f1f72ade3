import { and, asc, count, eq, ne } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { savedViews } from '../../schema/views.ts'

/** A page with its query, under a name. */
export interface SavedView {
  id: string
  name: string
  path: string
}

export const MOST_VIEWS = 50

const { id, name, path, accountId } = savedViews

export async function listViews(database: D1Database, account: string): Promise<SavedView[]> {
  return drizzle(database)
    .select({ id, name, path })
    .from(savedViews)
    .where(eq(accountId, account))
    .orderBy(asc(name))
    .limit(MOST_VIEWS)
}

/** Saves a view; one of the same name is replaced. False: the account has as many as it may have. */
export async function saveView(
  database: D1Database,
  actor: Actor,
  view: Omit<SavedView, 'id'>,
  nowMs: number,
): Promise<boolean> {
  const db = drizzle(database)
  const [known] = await db
    .select({ views: count() })
    .from(savedViews)
    .where(and(eq(accountId, actor.accountId), ne(name, view.name)))
  if ((known?.views ?? 0) >= MOST_VIEWS) return false
  const row = { ...view, id: crypto.randomUUID(), accountId: actor.accountId, createdAtMs: nowMs }
  await db
    .insert(savedViews)
    .values(row)
    .onConflictDoUpdate({ target: [accountId, name], set: { path: view.path } })
  await recordAudit(database, actor, 'view.saved', view.name, nowMs)
  return true
}

/** False: the account has no such view. */
export async function deleteView(
  database: D1Database,
  actor: Actor,
  viewId: string,
  nowMs: number,
): Promise<boolean> {
  const [deleted] = await drizzle(database)
    .delete(savedViews)
    .where(and(eq(id, viewId), eq(accountId, actor.accountId)))
    .returning({ name })
  if (!deleted) return false
  await recordAudit(database, actor, 'view.deleted', deleted.name, nowMs)
  return true
}
