import { readdir } from 'node:fs/promises'
import { queryD1, whereOf, type Target } from '../d1.ts'
import { mustWrangler, wrangler } from '../wrangler.ts'
import type { Config } from './config.ts'

const REMOTE: Target = { kind: 'remote' }

/** The migrations that are not applied yet. */
export interface Pending {
  names: readonly string[]
  /** None has ever been applied: the first deployment has not come to its end. */
  isNew: boolean
}

/** Null: a database does not exist. */
export async function pendingMigrations({
  d1_databases: databases,
}: Config): Promise<Pending | null> {
  const names: string[] = []
  let isNew = true
  for (const { binding, migrations_dir: folder } of databases) {
    const applied = await appliedIn(binding)
    if (applied === null) return null
    const all = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
    names.push(...all.filter((name) => !applied.has(name)))
    isNew &&= applied.size === 0
  }
  return { names, isNew }
}

const MISSING_TABLE = /no such table/i
const MISSING_DATABASE = /couldn't find|could not find|not found|does not exist|code: 7404/i

async function appliedIn(binding: 'DB' | 'LEDGER'): Promise<ReadonlySet<string> | null> {
  try {
    const [rows = []] = await queryD1(REMOTE, binding, 'SELECT name FROM d1_migrations')
    return new Set(rows.map(({ name }) => String(name)))
  } catch (error) {
    const said = String(error)
    if (MISSING_TABLE.test(said)) return new Set()
    if (MISSING_DATABASE.test(said)) return null
    throw error
  }
}

/** Applies them, and shows each. */
export async function migrate(
  { d1_databases: databases }: Pick<Config, 'd1_databases'>,
  target: Target = REMOTE,
): Promise<void> {
  for (const { binding } of databases)
    await mustWrangler(['d1', 'migrations', 'apply', binding, ...whereOf(target)], 'output')
}

interface Deployed {
  versionId: string
  vars: Readonly<Record<string, string>>
}

/** The version that serves now. Null: wrangler does not say. */
export async function deployedVersion(): Promise<Deployed | null> {
  const status = await wrangler(['deployments', 'status', '--json'])
  const versionId = /"version_id":\s*"([0-9a-f-]{36})"/.exec(status.stdout)?.[1]
  if (status.code !== 0 || versionId === undefined) return null
  const view = await wrangler(['versions', 'view', versionId, '--json'])
  if (view.code !== 0) return null
  try {
    const { resources } = JSON.parse(view.stdout) as {
      resources?: { bindings?: { type: string; name: string; text?: string }[] }
    }
    const texts = (resources?.bindings ?? []).filter(({ type }) => type === 'plain_text')
    return { versionId, vars: Object.fromEntries(texts.map(({ name, text = '' }) => [name, text])) }
  } catch {
    return null
  }
}

/** The settings that the deployment changes, a line each: `RETENTION_DAYS: 30 → 60`. */
export function changedSettings(
  before: Readonly<Record<string, string>>,
  { vars = {} }: Pick<Config, 'vars'>,
): string[] {
  const after: Record<string, string> = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, String(value)]),
  )
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: ${before[name] ?? '(default)'} → ${after[name] ?? '(default)'}`)
}

/** D1 can go back to these: the state of each database now. Throws if one cannot be had. */
export async function bookmarks({ d1_databases: databases }: Config): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { binding } of databases) {
    const { stdout } = await mustWrangler(['d1', 'time-travel', 'info', binding, '--json'])
    const bookmark = /"bookmark":\s*"([^"]+)"/.exec(stdout)?.[1]
    if (bookmark === undefined)
      throw new Error(`Cannot read the bookmark of ${binding} from wrangler: ${stdout}`)
    found.set(binding, bookmark)
  }
  return found
}
