import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Claims the state folder for this process, so that no two Workers write to its databases. SQLite holds the claim, and
 * the operating system ends it with the process, however that ends. Throws if another process has it.
 */
export async function lockState(stateDir: string, urlFile: string): Promise<{ free: () => void }> {
  mkdirSync(stateDir, { recursive: true })
  const database = new DatabaseSync(join(stateDir, 'metrion-lock'))
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch {
    database.close()
    const url = await readFile(urlFile, 'utf8').catch(() => null)
    throw new Error(
      `Cannot start: Metrion is already running on the state folder ${stateDir}${url === null ? '' : `, at ${url}`}. End it first, or set METRION_STATE to another folder.`,
    )
  }
  let isFree = false
  return {
    free: () => {
      if (!isFree) database.close()
      isFree = true
    },
  }
}
