import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { command } from './command.ts'
import { journalOf, sumStatements } from './sum-migrations.ts'

const USAGE = `npm run migrations
  Writes what has changed in src/schema into new migrations, with the view and triggers of the sums.`

const run = promisify(execFile)
const BREAK = '\n--> statement-breakpoint\n'

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

await command({ usage: USAGE }, async () => {
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
})
