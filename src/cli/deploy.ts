import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayOf } from '../ledger/retention/day.ts'
import { CHANGES_SUMS } from '../schema/version.ts'
import { DAY_MS } from '../http/time.ts'
import { newMasterKey } from './local.ts'
import { mustWrangler, wrangler } from './wrangler.ts'

/** `--key-file PATH` is an option of this script; all others go to wrangler. */
const given = process.argv.slice(2)
const keyFileAt = given.indexOf('--key-file')
const keyFile = keyFileAt === -1 ? null : (given[keyFileAt + 1] ?? '')
const extra = keyFileAt === -1 ? given : given.toSpliced(keyFileAt, 2)

const SUMS_ARE_OLD = `
This version sums up requests otherwise. Once it is deployed, new requests are right; for the days of which the rows are still kept, then run:

  npm run ledger -- rebuild --remote --from DAY

DAY is the first of them, such as ${dayOf(Date.now() - 90 * DAY_MS)} with RETENTION_DAYS = 90.`

try {
  if (keyFile === '') throw new Error('Cannot save the master key: --key-file needs a path')
  if (extra.includes('--dry-run')) await mustWrangler(['deploy', ...extra], true)
  else if (await isFirst()) await deployFirst()
  else {
    await ensureQueues()
    // Migrations only add, so that the version still running works with them.
    const applied = await migrate()
    // Print it now: if a later step fails, the next run has no migration left to apply and would not print it.
    if (Object.entries(CHANGES_SUMS).some(([name, changes]) => changes && applied.includes(name)))
      console.log(SUMS_ARE_OLD)
    await mustWrangler(['deploy', ...extra], true)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

/**
 * Whether no master key is deployed yet. Throws without a clear answer: a new key over an unseen old one would
 * lose every saved xAI key.
 */
async function isFirst(): Promise<boolean> {
  const { code, stdout, stderr } = await wrangler(['secret', 'list', '--format', 'json'])
  if (code === 0)
    return !(JSON.parse(stdout) as { name: string }[]).some(({ name }) => name === 'MASTER_KEYS')
  const said = stdout + stderr
  if (said.includes('[code: 10007]')) return true
  throw new Error(
    `Cannot tell whether MASTER_KEYS is set: wrangler secret list failed; run "npx wrangler login" and try again\n${said}`,
  )
}

/**
 * The first master key. It is printed or saved before anything can fail: after `wrangler deploy`, Cloudflare
 * has it and does not show it again, and the next run finds it set. A key file from an earlier run is used
 * again.
 */
async function firstMasterKey(): Promise<string> {
  if (keyFile === null) {
    const made = newMasterKey()
    console.log(
      `This is the master key of your deployment. Cloudflare will not show it again: keep it safe.\n\n  ${made}\n`,
    )
    return made
  }
  const before = await readFile(keyFile, 'utf8').catch(() => '')
  const key = before.trim() || newMasterKey()
  // `wx`: an existing file is never overwritten.
  if (before.trim() === '') await writeFile(keyFile, `${key}\n`, { mode: 0o600, flag: 'wx' })
  console.log(`The master key of your deployment is in ${keyFile}: keep it safe.\n`)
  return key
}

/** Creates the databases and the rest, with new secrets. Migrations come last: they need the databases. */
async function deployFirst(): Promise<void> {
  const MASTER_KEYS = await firstMasterKey()
  const folder = await mkdtemp(join(tmpdir(), 'metrion-'))
  const file = join(folder, 'secrets.json')
  await ensureQueues()
  try {
    await writeFile(file, JSON.stringify({ MASTER_KEYS }), { mode: 0o600 })
    await mustWrangler(['deploy', '--secrets-file', file, ...extra], true)
  } finally {
    await rm(folder, { recursive: true })
  }
  await migrate()
  console.log('\nNext: npm run invite -- --remote --url https://…')
}

/** Unlike the other bindings, a consumer needs its queue to exist. */
async function ensureQueues(): Promise<void> {
  for (const queue of ['metrion-ledger', 'metrion-ledger-dead', 'metrion-alerts']) {
    const { code, stdout, stderr } = await wrangler(['queues', 'create', queue])
    const said = stdout + stderr
    if (code !== 0 && !/already (taken|exists)|code: 11009/i.test(said)) {
      throw new Error(`Cannot make the queue ${queue}: wrangler queues create failed\n${said}`)
    }
  }
}

/** Returns wrangler's output for the ledger, which names the migrations that it has applied. */
async function migrate(): Promise<string> {
  await mustWrangler(['d1', 'migrations', 'apply', 'DB', '--remote'], true)
  const { stdout } = await mustWrangler(['d1', 'migrations', 'apply', 'LEDGER', '--remote'], true)
  return stdout
}
