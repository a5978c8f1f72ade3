import { DAY_MS } from '../../http/time.ts'
import { dayOf } from '../../ledger/retention/day.ts'
import { CHANGES_SUMS } from '../../schema/version.ts'
import { queryD1, whereOf, type Target } from '../d1.ts'
import { mustWrangler, wrangler } from '../wrangler.ts'
import { migrationsIn, type Config } from './config.ts'

const REMOTE: Target = { kind: 'remote' }

/** The migrations that are not applied yet. */
export interface Pending {
  names: readonly string[]
  /** Both databases exist. */
  isThere: boolean
  /** One of them has had no migration: the first deployment has not come to its end. */
  isNew: boolean
  /** One of them has had migrations: a deployment has used it. */
  isUsed: boolean
}

export async function pendingMigrations({ d1_databases: databases }: Config): Promise<Pending> {
  const pending = { names: [] as string[], isThere: true, isNew: false, isUsed: false }
  for (const { binding, migrations_dir: folder } of databases) {
    const applied = await appliedIn(binding)
    const all = await migrationsIn(folder)
    pending.names.push(...all.filter((name) => !applied?.has(name)))
    pending.isThere &&= applied !== null
    pending.isNew ||= (applied?.size ?? 0) === 0
    pending.isUsed ||= (applied?.size ?? 0) > 0
  }
  return pending
}

/**
 * Says that sums of old rows have to be made anew. Before the migrations: once they are applied, no later run would know.
 */
export function tellOfOldSums({ names, isNew }: Pending): void {
  if (!isNew && names.some((name) => CHANGES_SUMS[name])) console.log(SUMS_ARE_OLD)
}

const SUMS_ARE_OLD = `
This version computes sums differently. New requests are right once it is deployed. For the days whose rows are still kept, then run:

  npm run ledger -- rebuild --remote --from DAY

DAY is the first of them, such as ${dayOf(Date.now() - 90 * DAY_MS)} with RETENTION_DAYS = 90.
`

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
