import { untilAnswers } from '../doctor/ask.ts'
import { migrate, pendingMigrations } from './changes.ts'
import { queuesOf, type Config } from './config.ts'
import { deployedSecrets } from './deployed.ts'
import { withSecretsFile } from './master-key.ts'
import { ensureQueues } from './queues.ts'
import { upload } from './upload.ts'

const ANSWER_MS = 120_000
const SECRETS = ['MASTER_KEYS', 'SETUP_CODE'] as const

/**
 * Deploys in Cloudflare's Workers Builds, which the Deploy button sets up. Its logs are kept, so that neither a secret
 * nor a link is printed: the secrets come from the button's page, and the owner opens /join with the set-up code.
 * https://developers.cloudflare.com/workers/platform/deploy-buttons/
 */
export async function inBuilds(config: Config, extra: readonly string[]): Promise<void> {
  const deployed = await deployedSecrets()
  const given = givenSecrets(deployed ?? [])
  if (!deployed?.includes('MASTER_KEYS') && given['MASTER_KEYS'] === undefined)
    throw new Error(
      `Cannot deploy: the secret MASTER_KEYS is not set. Make a value with openssl rand -base64 32 and keep it safe; add it in the Cloudflare dashboard under Workers & Pages, ${config.name}, Settings, Variables and Secrets; then retry the build. It is never made here, since build logs are kept.`,
    )
  await ensureQueues(queuesOf(config))
  // Databases without ids in wrangler.toml are made by the first upload.
  const isThere = (await pendingMigrations(config)) !== null
  if (isThere) await migrate(config)
  const url = await withSecretsFile(given, (path) =>
    upload(Object.keys(given).length === 0 ? extra : ['--secrets-file', path, ...extra]),
  )
  if (!isThere) await migrate(config)
  if (url === null) return
  await untilAnswers(url, ANSWER_MS)
  console.log(
    `\nDeployed. Open ${url}/join and enter your set-up code (SETUP_CODE); it works once. Then open ${url}/health.`,
  )
}

/** The secrets in the environment of the build that the Worker does not have yet. */
function givenSecrets(deployed: readonly string[]): Record<string, string> {
  const given = SECRETS.flatMap((name) => {
    const value = process.env[name] ?? ''
    return value === '' || deployed.includes(name) ? [] : [[name, value]]
  })
  return Object.fromEntries(given) as Record<string, string>
}
