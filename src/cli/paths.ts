import { join } from 'node:path'

/** Where a local deployment is. */
export interface StatePaths {
  /** The folder of D1, KV and Queues. */
  stateDir: string
  /** Contains MASTER_KEYS. Created, with a new key, if it is missing. */
  secretsFile: string
  /** Contains the address of the last deployment to Cloudflare from this folder. */
  remoteUrlFile: string
  /** Contains the Worker's last URL, for links that are created later. */
  urlFile: string
}

/** The paths of a state folder. Secrets are beside the default folder, and inside any other. */
export function localPaths(given: string | undefined): StatePaths {
  // An empty variable of the environment is none.
  const state = given === '' ? undefined : given
  const stateDir = state ?? '.wrangler/state'
  const secretsFile = state === undefined ? '.dev.vars' : join(state, '.dev.vars')
  return {
    stateDir,
    secretsFile,
    urlFile: join(stateDir, 'metrion-url'),
    remoteUrlFile: join(stateDir, 'metrion-remote-url'),
  }
}
