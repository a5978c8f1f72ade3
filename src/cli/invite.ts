import { parseArgs } from 'node:util'
import { mintInvitation } from './invitation.ts'
import { localPaths, migrateLocal } from './local.ts'

const { values } = parseArgs({ options: { remote: { type: 'boolean' }, url: { type: 'string' } } })

try {
  const url = baseUrl(values)
  const { stateDir } = localPaths(process.env['METRION_STATE'])
  if (!values.remote) await migrateLocal(stateDir)
  const target = values.remote ? { kind: 'remote' as const } : { kind: 'local' as const, stateDir }
  const code = await mintInvitation(target, false)
  console.log(`${url}/join?code=${code}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

function baseUrl({
  remote,
  url,
}: {
  remote?: boolean | undefined
  url?: string | undefined
}): string {
  const given =
    url ??
    process.env['METRION_URL'] ??
    (remote ? null : `http://localhost:${process.env['PORT'] ?? 8787}`)
  if (given === null || !URL.canParse(given)) {
    throw new Error(
      'Cannot tell where the deployment is: add --url https://metrion.<your-subdomain>.workers.dev',
    )
  }
  return new URL(given).origin
}
