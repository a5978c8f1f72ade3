import { createInterface } from 'node:readline/promises'
import { originOf } from './address.ts'
import { command, UsageError, wholeNumber } from './command.ts'
import type { Target } from './d1.ts'
import { inBuilds } from './deploy/builds.ts'
import {
  bookmarks,
  changedSettings,
  deployedVersion,
  migrate,
  pendingMigrations,
  tellOfOldSums,
} from './deploy/changes.ts'
import { queuesOf, readConfig, type Config } from './deploy/config.ts'
import { deployedSecrets } from './deploy/deployed.ts'
import { checkExtra } from './deploy/extra.ts'
import { finish } from './deploy/finish.ts'
import { firstMasterKey, keyIn, withSecretsFile } from './deploy/master-key.ts'
import { ensureQueues } from './deploy/queues.ts'
import { rememberUrl, upload } from './deploy/upload.ts'
import { isTerminal, mustWrangler } from './wrangler.ts'

const USAGE = `npm run deploy -- [OPTIONS] [-- OPTIONS OF wrangler deploy]
  Deploys Metrion to Cloudflare. The first run creates databases, queues and the master key, which it shows;
  later runs show what changes, note how to go back, migrate, and deploy. Run it again after a failure.
  --key-file PATH   save the first master key in this file instead of showing it
  --url URL         the address, if it is not on workers.dev and wrangler does not name it
  --yes             do not ask before changes
  --wait SECONDS    how long to wait until the new deployment answers, 120 by default
  --no-open         do not open a browser
  --no-bookmark     do not ask D1 for bookmarks before an upgrade
  --overwrite       replace a Worker of the same name that is not Metrion
  --dry-run         build and check only`

const OPTIONS = {
  'key-file': { type: 'string' },
  url: { type: 'string' },
  yes: { type: 'boolean' },
  wait: { type: 'string', default: '120' },
  'no-open': { type: 'boolean' },
  'no-bookmark': { type: 'boolean' },
  overwrite: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const

const REMOTE: Target = { kind: 'remote' }

interface Choices {
  keyFile: string | null
  asks: boolean
  takesBookmark: boolean
  overwrites: boolean
  /** For wrangler deploy. */
  extra: readonly string[]
}

/** Returns the address. */
async function deploy(config: Config, choices: Choices): Promise<string | null> {
  const secrets = await deployedSecrets()
  if (secrets?.includes('MASTER_KEYS')) return repeatable(upgrade(config, choices))
  if (secrets !== null && !choices.overwrites)
    throw new Error(
      `A Worker named ${config.name} exists in this Cloudflare account and is not Metrion: it has no secret MASTER_KEYS. Give Metrion another name in wrangler.toml (docs/deploy.md), or replace that Worker with npm run deploy -- --overwrite. Nothing was changed.`,
    )
  return repeatable(deployFirst(config, choices))
}

/** What has failed goes on where it stopped. */
async function repeatable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const again = 'Nothing is lost: put that right, then run npm run deploy again.'
    throw new Error(message === NO ? message : `${message}\n\n${again}`, { cause: error })
  }
}

const NO = 'Nothing was changed.'

/** Creates the databases and the rest, with new secrets. Migrations come last: they need the databases. */
async function deployFirst(
  config: Config,
  { keyFile, takesBookmark, extra }: Choices,
): Promise<string | null> {
  const formerKey = keyFile === null ? null : await keyIn(keyFile)
  const pending = await pendingMigrations(config)
  if (pending.isUsed) {
    if (formerKey === null) refuseUsedDatabases(config)
    if (takesBookmark && pending.isThere) await printBookmarks(config)
    tellOfOldSums(pending)
  }
  const MASTER_KEYS = await firstMasterKey(keyFile)
  await ensureQueues(queuesOf(config))
  const url = await withSecretsFile({ MASTER_KEYS }, (path) =>
    upload(['--secrets-file', path, ...extra]),
  )
  await migrate(config)
  return url
}

/** wrangler connects a new Worker to databases that exist under these names, and a new key would open nothing in them. */
function refuseUsedDatabases(config: Config): never {
  const names = config.d1_databases.map(({ database_name: name }) => name)
  throw new Error(
    `This Cloudflare account has the databases of an earlier deployment (${names.join(', ')}), whose content opens only with its master key. To keep them, run npm run deploy -- --key-file FILE, with that MASTER_KEYS in FILE. To start over, give them other names in wrangler.toml (database_name), or delete them: npx wrangler d1 delete NAME.`,
  )
}

async function upgrade(config: Config, choices: Choices): Promise<string | null> {
  if (choices.keyFile !== null)
    console.log(
      `The master key was set by an earlier run, which showed or saved it; ${choices.keyFile} stays as it is.\n`,
    )
  const pending = await pendingMigrations(config)
  if (pending.isNew) {
    console.log('Going on with the first deployment, which has not come to its end.\n')
    await ensureQueues(queuesOf(config))
    const url = await upload(choices.extra)
    await migrate(config)
    return url
  }
  await announce(config, pending.names, choices)
  await ensureQueues(queuesOf(config))
  tellOfOldSums(pending)
  // Migrations only add, so that the version still running works with them.
  if (pending.names.length > 0) await migrate(config)
  return upload(choices.extra)
}

/** Prints what changes and how to go back, and asks. Throws if the person says no. */
async function announce(
  config: Config,
  migrations: readonly string[],
  { asks, takesBookmark }: Choices,
): Promise<void> {
  const version = await deployedVersion()
  const settings = version === null ? [] : changedSettings(version.vars, config)
  console.log('What changes:')
  console.log(`  migrations: ${migrations.length === 0 ? 'none' : migrations.join(', ')}`)
  if (version === null) console.log('  settings: not known (wrangler does not tell those of today)')
  else
    console.log(
      `  settings: ${settings.length === 0 ? 'none' : `\n    ${settings.join('\n    ')}`}`,
    )
  console.log('\nTo go back to the version that serves now:')
  console.log(`  npx wrangler rollback ${version?.versionId ?? ''}`.trimEnd())
  if (takesBookmark) await printBookmarks(config)
  console.log('')
  if (asks && migrations.length + settings.length > 0 && !(await agrees())) throw new Error(NO)
}

async function printBookmarks(config: Config): Promise<void> {
  const found = await bookmarks(config)
  console.log('To put the databases back as they are now, which loses what is written from now on:')
  for (const [binding, bookmark] of found)
    console.log(`  npx wrangler d1 time-travel restore ${binding} --bookmark=${bookmark}`)
}

async function agrees(): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await lines.question('Continue? [Y/n] ')
  lines.close()
  return /^(|y|yes)$/i.test(answer.trim())
}

await command(
  { usage: USAGE, options: OPTIONS, most: Infinity },
  async ({ values, positionals: extra }) => {
    const keyFile = values['key-file'] ?? null
    if (keyFile === '') throw new UsageError('Cannot save the master key: --key-file needs a path')
    const givenUrl = values.url === undefined ? null : originOf(values.url)
    checkExtra(extra)
    const waitMs = wholeNumber(values.wait, '--wait') * 1_000
    const config = await readConfig()
    if (values['dry-run']) {
      await mustWrangler(['deploy', '--dry-run', ...extra], 'output')
      return
    }
    if (process.env['WORKERS_CI'] === '1') {
      await inBuilds(config, extra)
      return
    }
    const found = await deploy(config, {
      keyFile,
      asks: isTerminal() && values.yes !== true,
      takesBookmark: values['no-bookmark'] !== true,
      overwrites: values.overwrite === true,
      extra,
    })
    const url = givenUrl ?? found
    if (url === null) {
      console.log('\nDeployed. Next: npm run invite -- --remote --url https://…')
      return
    }
    await rememberUrl(url)
    const again = ' Check again with npm run doctor -- --remote.'
    await finish(url, REMOTE, { opens: values['no-open'] !== true, waitMs, again })
  },
)
