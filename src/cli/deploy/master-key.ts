import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new MASTER_KEYS with one version. */
export const newMasterKey = (): string => `1:${randomBytes(32).toString('base64')}`

/**
 * The first master key. It is shown, or saved, before anything can fail: Cloudflare does not show it again, and the next
 * run finds it set. A key file from an earlier run is used again.
 */
export async function firstMasterKey(keyFile: string | null): Promise<string> {
  if (keyFile === null) {
    const made = newMasterKey()
    console.log(
      `This is the master key of your deployment. Cloudflare will not show it again: keep it safe.
(If an earlier run failed and showed another key, that one is of no use: nothing was sealed with it.)

  ${made}
`,
    )
    return made
  }
  const before = await readFile(keyFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new Error(`Cannot read the key file ${keyFile}: ${error.message}`, { cause: error })
  })
  const key = before.trim() || newMasterKey()
  // `wx`: an existing file is never overwritten.
  if (before.trim() === '')
    await writeFile(keyFile, `${key}\n`, { mode: 0o600, flag: before === '' ? 'wx' : 'w' }).catch(
      (error: Error) => {
        throw new Error(`Cannot save the master key: ${error.message}`, { cause: error })
      },
    )
  console.log(`The master key of your deployment is in ${keyFile}: keep it safe.\n`)
  return key
}

/** Runs `use` with a file of secrets that only this user can read, and deletes it. */
export async function withSecretsFile<T>(
  secrets: Readonly<Record<string, string>>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'metrion-'))
  try {
    const path = join(folder, 'secrets.json')
    await writeFile(path, JSON.stringify(secrets), { mode: 0o600 })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
