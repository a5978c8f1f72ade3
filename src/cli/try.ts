import { command } from './command.ts'
import type { Target } from './d1.ts'
import { migrate } from './deploy/changes.ts'
import { queuesOf, readConfig } from './deploy/config.ts'
import { finish } from './deploy/finish.ts'
import { firstMasterKey, withSecretsFile } from './deploy/master-key.ts'
import { ensureQueues } from './deploy/queues.ts'
import { upload } from './deploy/upload.ts'
import { TRY_DATABASE, writeTryConfig } from './try/config.ts'
import { failed, isTerminal, mustWrangler, wrangler } from './wrangler.ts'

const USAGE = `npm run try -- [--no-open]
  Deploys Metrion to Cloudflare for an hour, without an account: the real thing, but for budgets and rate limits,
  Analytics Engine, and the jobs of crons (alerts, the bill). Within that hour you may claim it for an account.
  You accept Cloudflare's terms with it, which wrangler shows.
  --no-open   do not open a browser`

/** A new workers.dev host may take this long until it is found. */
const ANSWER_MS = 120_000
const TEMPORARY = ['--temporary']

/** Creates the database, or finds the one of an earlier run in the same hour. Its id, and the claim URL, if it is told. */
async function createDatabase(): Promise<{ id: string; claimUrl: string | null }> {
  const create = ['d1', 'create', TRY_DATABASE, ...TEMPORARY]
  const made = await wrangler(create)
  const claimUrl = CLAIM.exec(made.stdout + made.stderr)?.[1] ?? null
  const id = UUID.exec(made.stdout)?.[0]
  if (made.code === 0 && id !== undefined) return { id, claimUrl }
  if (!/already exists/i.test(made.stdout + made.stderr)) throw failed(create, made)
  const { stdout } = await mustWrangler(['d1', 'list', '--json', ...TEMPORARY])
  const databases = JSON.parse(stdout) as { name: string; uuid: string }[]
  const found = databases.find(({ name }) => name === TRY_DATABASE)
  if (!found) throw new Error(`Cannot find the database ${TRY_DATABASE}: ${stdout}`)
  return { id: found.uuid, claimUrl }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
const CLAIM = /Claim URL: *(https:\/\/\S+)/

async function tryOut(opens: boolean): Promise<number> {
  const config = await readConfig()
  console.log('Creating a temporary Cloudflare account, which takes half a minute of computing …')
  // wrangler asks for consent to Cloudflare's terms, once.
  if (isTerminal()) await mustWrangler(['d1', 'list', ...TEMPORARY], 'terminal')
  const { id, claimUrl } = await createDatabase()
  const path = await writeTryConfig(config, id)
  const flags = ['--config', path, ...TEMPORARY]
  const target: Target = { kind: 'remote', flags }
  await ensureQueues(queuesOf(config), TEMPORARY)
  // A second run in the hour finds the database again, and what it holds is sealed with the first run's key.
  const MASTER_KEYS = await firstMasterKey(`.wrangler/try-${id}.key`)
  const url = await withSecretsFile({ MASTER_KEYS }, (file) =>
    upload([...flags, '--secrets-file', file]),
  )
  await migrate(config, target)
  if (url === null) throw new Error('Cannot tell the address: wrangler does not name it')
  await finish(url, target, { opens, waitMs: ANSWER_MS })
  console.log(`
It works for 60 minutes; then Cloudflare deletes it. To keep it, claim the account before that:
${claimUrl === null ? 'the claim URL is in the output above' : `\n  ${claimUrl}\n`}
Whoever has that URL owns the deployment. For a deployment with everything, run npm run deploy.`)
  return 0
}

await command(
  { usage: USAGE, options: { 'no-open': { type: 'boolean' } } as const },
  async ({ values }) => tryOut(values['no-open'] !== true),
)
