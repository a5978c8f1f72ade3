import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MASTER_KEYS_FORM, parseMasterKeys } from '../../credentials/seal/master-keys.ts'

/** A new MASTER_KEYS with one version. */
export const newMasterKey = (): string => `1:${randomBytes(32).toString('base64')}`

/**
 * The first master key. It is shown, or saved, before anything can fail: Cloudflare does not show it again, and the next
 * run finds it set.
 */
export async function firstMasterKey(keyFile: string | null): Promise<string> {
  if (keyFile !== null) {
    const key = (await keyIn(keyFile)) ?? (await saveNewKey(keyFile))
    console.log(`The master key of your deployment is in ${keyFile}: keep it safe.\n`)
    return key
  }
  const made = newMasterKey()
  console.log(
    `This is the master key of your deployment. Cloudflare will not show it again: keep it safe.
(If an earlier run failed and showed another key, that one is of no use: nothing was sealed with it.)

  ${made}
`,
  )
  return made
}

/** The key in the file, such as of an earlier run. Null: there is no such file, or it is empty. Throws if it holds anything else. */
export async function keyIn(keyFile: string): Promise<string | null> {
  const text = await readFile(keyFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new Error(`Cannot read the key file ${keyFile}: ${error.message}`, { cause: error })
  })
  const key = text.trim()
  if (key === '') return null
  if (parseMasterKeys(key) === null)
    throw new Error(
      `Cannot use the key file ${keyFile}: what it holds is not of the form ${MASTER_KEYS_FORM}. Name a new file, or one of an earlier run. Nothing was changed.`,
    )
  return key
}

async function saveNewKey(keyFile: string): Promise<string> {
  const key = newMasterKey()
  try {
    const file = await open(keyFile, 'w', 0o600)
    // An empty file that was there before may be open to others.
    await file.chmod(0o600)
    await file.writeFile(`${key}\n`)
    await file.close()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`Cannot save the master key: ${why}`, { cause: error })
  }
  return key
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `use` with a file of secrets that only this user can read, and deletes it; also where the person ends the command
 * meanwhile.
 */
export async function withSecretsFile<T>(
  secrets: Readonly<Record<string, string>>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'metrion-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const leave = (): void => {
    remove()
    process.exit(130)
  }
  for (const signal of SIGNALS) process.once(signal, leave)
  try {
    const path = join(folder, 'secrets.json')
    await writeFile(path, JSON.stringify(secrets), { mode: 0o600 })
    return await use(path)
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, leave)
    remove()
  }
}
