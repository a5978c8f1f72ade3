import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OWN_MIGRATIONS } from '../../schema/version.ts'
import type { Config } from '../deploy/config.ts'

/** Where the configuration is written; wrangler reads it instead of wrangler.toml. */
export const TRY_CONFIG = '.wrangler/try.json'
export const TRY_DATABASE = 'metrion-try'
/** A temporary account's database holds 100 MB; the ledger leaves room for the accounts. */
const LEDGER_BYTES = 80_000_000

/** What a temporary account does not have: https://developers.cloudflare.com/workers/platform/claim-deployments/ */
const LEFT_OUT = [
  'durable_objects',
  'migrations',
  'ratelimits',
  'analytics_engine_datasets',
  'triggers',
  'r2_buckets',
  'send_email',
  'routes',
] as const

/** What belongs to the person's own account. */
const OF_AN_ACCOUNT = ['account_id', 'route', 'zone_id', 'env'] as const

const NOT_KEPT: ReadonlySet<string> = new Set([...LEFT_OUT, ...OF_AN_ACCOUNT])

interface Paths {
  main: string
  assets: { directory: string }
  kv_namespaces: { binding: string }[]
}

/** The same Worker with one database and without what a temporary account lacks. */
export function tryConfig(config: Config, databaseId: string): object {
  const kept = Object.fromEntries(Object.entries(config).filter(([name]) => !NOT_KEPT.has(name)))
  const { main, assets, kv_namespaces: namespaces } = config as unknown as Paths
  return {
    ...kept,
    name: 'metrion-try',
    // Paths are relative to the file of the configuration.
    main: resolve(main),
    assets: { ...assets, directory: resolve(assets.directory) },
    kv_namespaces: namespaces.map(({ binding }) => ({ binding })),
    vars: { ...config.vars, PLAN: 'free', LEDGER_LIMIT_BYTES: String(LEDGER_BYTES), CRONS: 'none' },
    d1_databases: config.d1_databases.map(({ binding, migrations_dir: folder }) => ({
      binding,
      database_name: TRY_DATABASE,
      database_id: databaseId,
      migrations_dir: resolve(folder),
      migrations_table: OWN_MIGRATIONS[binding],
    })),
  }
}

/** Returns the path of the file. */
export async function writeTryConfig(config: Config, databaseId: string): Promise<string> {
  await mkdir(dirname(TRY_CONFIG), { recursive: true })
  await writeFile(TRY_CONFIG, `${JSON.stringify(tryConfig(config, databaseId), null, 2)}\n`)
  return TRY_CONFIG
}
