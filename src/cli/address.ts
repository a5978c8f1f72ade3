import { readFile } from 'node:fs/promises'
import { UsageError } from './command.ts'
import { rememberedUrl } from './deploy/upload.ts'
import { localPaths } from './paths.ts'

/** The origin in the option `--url`. Throws a UsageError. */
export function originOf(given: string): string {
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return new URL(given).origin
  throw new UsageError(
    `Cannot use --url ${given}: give an address such as https://metrion.<you>.workers.dev`,
  )
}

/** The address of the deployment. Throws if it is not known. */
export async function urlOf(given: string | undefined, isRemote: boolean): Promise<string> {
  if (given !== undefined) return originOf(given)
  if (isRemote) {
    const url = await rememberedUrl()
    if (url !== null) return url
    throw new UsageError(
      'Cannot tell where the deployment is: add --url https://metrion.<you>.workers.dev',
    )
  }
  const { stateDir, urlFile } = localPaths(process.env['METRION_STATE'])
  const url = await readFile(urlFile, 'utf8').catch(() => null)
  if (url !== null) return url
  throw new Error(
    `Cannot find a local Metrion in ${stateDir}: run npm start first, or set METRION_STATE to its folder`,
  )
}
