import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Claims the state folder for this process, so that no two Workers write to its databases. SQLite holds the claim, and
 * the operating system ends it with the process, however that ends. Throws if another process has it.
 */
export async function lockState(stateDir: string, urlFile: string): Promise<{ free: () => void }> {
  try {
    mkdirSync(stateDir, { recursive: true })
  } catch (error) {
    throw new Error(
      `Cannot use the state folder ${stateDir}: ${wordsOf(error)}. Set METRION_STATE to another folder.`,
      { cause: error },
    )
  }
  const database = claim(join(stateDir, 'metrion-lock'))
  if (database === null) {
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

const SQLITE_BUSY = 5

/** Null: another process has it. */
function claim(file: string): DatabaseSync | null {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(file)
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null
    throw new Error(`Cannot use ${file}: ${wordsOf(error)}. Delete that file, then start again.`, {
      cause: error,
    })
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
