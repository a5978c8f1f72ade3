import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SESSION_OBJECTS } from '../ledger/session-sums.ts'
import { comparable, SUM_OBJECTS } from '../ledger/sums-sql.ts'

const OBJECTS = [...SUM_OBJECTS, ...SESSION_OBJECTS]

export interface Journal {
  entries: { tag: string }[]
}

export const journalOf = async (folder: string): Promise<Journal> =>
  JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as Journal

/** The database that the migrations of a folder build. */
async function built(folder: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(':memory:')
  for (const { tag } of (await journalOf(folder)).entries)
    database.exec(await readFile(join(folder, `${tag}.sql`), 'utf8'))
  return database
}

/** The statements that bring the sums' view and triggers up to date. Empty: they are. */
export async function sumStatements(folder: string): Promise<string[]> {
  const database = await built(folder)
  const rows = database
    .prepare(`SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')`)
    .all() as { name: string; sql: string }[]
  database.close()
  const known = new Map(rows.map(({ name, sql }) => [name, comparable(sql)]))
  const changed = OBJECTS.filter(({ name, sql }) => known.get(name) !== comparable(sql))
  // Dropping a view drops its triggers.
  const isViewNew = changed.some(({ type }) => type === 'view')
  const made = OBJECTS.filter(
    (one) => changed.includes(one) || (isViewNew && SUM_OBJECTS.includes(one)),
  )
  const dropped = made.filter(({ name }) => known.has(name))
  return [
    ...dropped
      .toReversed()
      .map(({ type, name }) => `DROP ${type.toUpperCase()} IF EXISTS \`${name}\`;`),
    ...made.map(({ sql }) => `${sql};`),
  ]
}
