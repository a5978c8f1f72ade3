import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { localPaths } from './paths.ts'
import { failed, wrangler, type Run } from './wrangler.ts'

/** The deployment: local, in a folder, or at Cloudflare. */
export type Target = ({ kind: 'local'; stateDir: string } | { kind: 'remote' }) & {
  /** Of every wrangler command, such as another configuration. */
  flags?: readonly string[]
}

/** The target of a command with the option `--remote`. */
export const targetOf = (isRemote: boolean): Target =>
  isRemote
    ? { kind: 'remote' }
    : { kind: 'local', stateDir: localPaths(process.env['METRION_STATE']).stateDir }

export type D1Row = Record<string, unknown>

export const whereOf = (target: Target): string[] => [
  ...(target.kind === 'local' ? ['--local', '--persist-to', target.stateDir] : ['--remote']),
  ...(target.flags ?? []),
]

const BUSY = /SQLITE_BUSY|database is locked/
const ATTEMPTS = 8

/**
 * Retries while a local database is locked: the running Worker may be writing to its file. A locked database
 * has executed nothing.
 */
async function onceFree(args: readonly string[]): Promise<Run> {
  for (let attempt = 1; ; attempt++) {
    const run = await wrangler(args)
    if (run.code === 0) return run
    if (attempt === ATTEMPTS || !BUSY.test(run.stdout + run.stderr)) throw failed(args, run)
    await sleep(250 * attempt)
  }
}

/** Runs SQL in the database of a binding, in one transaction. Returns the rows of each statement. */
export async function queryD1(
  target: Target,
  binding: 'DB' | 'LEDGER',
  sql: string,
): Promise<D1Row[][]> {
  const args = ['d1', 'execute', binding, ...whereOf(target), '--yes', '--json', '--command', sql]
  const { stdout } = await onceFree(args)
  return (JSON.parse(stdout) as { results: D1Row[] }[]).map((result) => result.results)
}

/** The same for SQL that is too long for a command line. Returns no rows. */
export async function runD1File(
  target: Target,
  binding: 'DB' | 'LEDGER',
  statements: readonly string[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-sql-'))
  try {
    const file = join(folder, 'statements.sql')
    await writeFile(file, `${statements.join(';\n')};\n`)
    await onceFree([
      'd1',
      'execute',
      binding,
      ...whereOf(target),
      '--yes',
      '--json',
      '--file',
      file,
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
}
