import { MASTER_KEYS_FORM, parseMasterKeys } from '../../credentials/seal/master-keys.ts'
import { SHORTEST_SETUP_CODE } from '../../credentials/sessions/setup-code.ts'
import { queryD1, type Target } from '../d1.ts'
import { untilAnswers } from '../doctor/ask.ts'
import { migrate, pendingMigrations, tellOfOldSums } from './changes.ts'
import { queuesOf, type Config } from './config.ts'
import { deployedSecrets } from './deployed.ts'
import { withSecretsFile } from './master-key.ts'
import { ensureQueues } from './queues.ts'
import { upload } from './upload.ts'

const ANSWER_MS = 120_000
const SECRETS = ['MASTER_KEYS', 'SETUP_CODE'] as const
type Secret = (typeof SECRETS)[number]
const REMOTE: Target = { kind: 'remote' }

/**
 * Deploys in Cloudflare's Workers Builds, which the Deploy button sets up. Its logs are kept, so that neither a secret
 * nor a link is printed: the secrets come from the button's page, and the owner opens /join with the set-up code.
 * https://developers.cloudflare.com/workers/platform/deploy-buttons/
 */
export async function inBuilds(config: Config, extra: readonly string[]): Promise<void> {
  // Unlike on a person's machine, a Worker without secrets is no stranger: the button may have made it before.
  const deployed = (await deployedSecrets()) ?? []
  const given = givenSecrets(deployed)
  const has = (name: Secret): boolean => deployed.includes(name) || given[name] !== undefined
  if (!has('MASTER_KEYS'))
    throw new Error(
      `Cannot deploy: the secret MASTER_KEYS is not set. Make a value with openssl rand -base64 32 and keep it safe; add it ${secretsOf(config)}; then retry the build. It is never made here, since build logs are kept.`,
    )
  refuseMalformed(given, config)
  await ensureQueues(queuesOf(config))
  // Databases without ids in wrangler.toml are made by the first upload.
  const pending = await pendingMigrations(config)
  tellOfOldSums(pending)
  if (pending.isThere) await migrate(config)
  const url = await withSecretsFile(given, (path) =>
    upload(Object.keys(given).length === 0 ? extra : ['--secrets-file', path, ...extra]),
  )
  if (!pending.isThere) await migrate(config)
  if (url !== null) await untilAnswers(url, ANSWER_MS)
  console.log(`\n${await nextStep(url ?? 'the address of the Worker', has('SETUP_CODE'), config)}`)
}

/** What to open now. */
async function nextStep(url: string, hasCode: boolean, config: Config): Promise<string> {
  // The deployment is done: without an answer, the longer advice is no harm.
  const [accounts = []] = await queryD1(REMOTE, 'DB', 'SELECT 1 FROM accounts LIMIT 1').catch(
    () => [],
  )
  if (accounts.length > 0) return `Deployed. Open ${url}/health.`
  return hasCode
    ? `Deployed. Open ${url}/join and enter your set-up code (SETUP_CODE); it works once. Then open ${url}/health.`
    : `Deployed, but nobody can sign in yet: make a set-up code with openssl rand -hex 16, add it as the secret SETUP_CODE ${secretsOf(config)}, then open ${url}/join.`
}

const secretsOf = ({ name }: Config): string =>
  `in the Cloudflare dashboard under Workers & Pages, ${name}, Settings, Variables and Secrets`

function refuseMalformed(given: Partial<Record<Secret, string>>, config: Config): void {
  const { MASTER_KEYS, SETUP_CODE } = given
  const again = `Correct it ${secretsOf(config)}; then retry the build.`
  if (MASTER_KEYS !== undefined && parseMasterKeys(MASTER_KEYS) === null)
    throw new Error(
      `Cannot deploy: MASTER_KEYS is not of the form ${MASTER_KEYS_FORM}, nor one such key alone. Make it with openssl rand -base64 32. ${again}`,
    )
  if (SETUP_CODE !== undefined && SETUP_CODE.length < SHORTEST_SETUP_CODE)
    throw new Error(
      `Cannot deploy: SETUP_CODE has fewer than ${SHORTEST_SETUP_CODE} characters, and could be guessed. Make it with openssl rand -hex 16. ${again}`,
    )
}

/** The secrets in the environment of the build that the Worker does not have yet. */
function givenSecrets(deployed: readonly string[]): Partial<Record<Secret, string>> {
  const given = SECRETS.flatMap((name) => {
    const value = (process.env[name] ?? '').trim()
    return value === '' || deployed.includes(name) ? [] : [[name, value]]
  })
  return Object.fromEntries(given) as Partial<Record<Secret, string>>
}
