import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../../schema/sql.ts'
import { queryD1, runD1File, type Target } from '../d1.ts'
import { migrationsIn, readConfig } from '../deploy/config.ts'

// As wrangler makes it, so that `wrangler d1 migrations apply` goes on where this has ended.
const table = (name: string): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`

/**
 * Applies what is missing to a local database in one transaction. `wrangler d1 migrations apply` does the same, but
 * starts a runtime for each migration, which takes half a minute on a new folder.
 */
export async function migrateLocal(
  target: Target,
  tables: Readonly<Record<'DB' | 'LEDGER', string>>,
): Promise<void> {
  const { d1_databases: databases } = await readConfig()
  // Each question to wrangler takes a second and a half, and a folder without folders has no databases.
  const isNew = target.kind === 'local' && !(await hasFolders(target.stateDir))
  // One after the other: two wranglers on a new folder lock each other out.
  for (const { binding, migrations_dir: folder } of databases) {
    const own = tables[binding]
    const applied = isNew ? new Set<string>() : await appliedIn(target, binding, own)
    const names = await migrationsIn(folder)
    const statements: string[] = isNew ? [table(own)] : []
    for (const name of names.filter((one) => !applied.has(one))) {
      const text = (await readFile(join(folder, name), 'utf8')).trim()
      statements.push(text.replace(/;$/, ''), `INSERT INTO ${own} (name) VALUES (${quote(name)})`)
    }
    if (statements.length > 0) await runD1File(target, binding, statements)
  }
}

async function appliedIn(
  target: Target,
  binding: 'DB' | 'LEDGER',
  own: string,
): Promise<ReadonlySet<string>> {
  const rows = (await queryD1(target, binding, `${table(own)}; SELECT name FROM ${own}`)).at(-1)
  return new Set((rows ?? []).map(({ name }) => String(name)))
}

async function hasFolders(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.some((entry) => entry.isDirectory())
}
