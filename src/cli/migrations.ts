// npm run migrations: writes schema changes into new migrations, including the sums' view and triggers.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { SESSION_OBJECTS } from '../ledger/session-sums.ts'
import { comparable, SUM_OBJECTS } from '../ledger/sums-sql.ts'

const OBJECTS = [...SUM_OBJECTS, ...SESSION_OBJECTS]

const run = promisify(execFile)
const BREAK = '\n--> statement-breakpoint\n'

interface Journal {
  entries: { tag: string }[]
}

const journalOf = async (folder: string): Promise<Journal> =>
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

const generate = (database: string, ...more: string[]): Promise<{ stdout: string }> =>
  run('drizzle-kit', [
    'generate',
    '--dialect',
    'sqlite',
    '--schema',
    `src/schema/${database}.ts`,
    '--out',
    `migrations/${database}`,
    ...more,
  ])

if (import.meta.main) {
  for (const database of ['accounts', 'ledger']) console.log((await generate(database)).stdout)
  const folder = 'migrations/ledger'
  const statements = await sumStatements(folder)
  if (statements.length > 0) {
    console.log((await generate('ledger', '--custom', '--name', 'sums')).stdout)
    const { entries } = await journalOf(folder)
    // Replaces the comment that drizzle-kit writes there.
    await writeFile(join(folder, `${entries.at(-1)?.tag}.sql`), `${statements.join(BREAK)}\n`)
    console.log(
      'The sums’ view and triggers are in it; say in src/schema/version.ts whether sums of old rows change.',
    )
  }
}
