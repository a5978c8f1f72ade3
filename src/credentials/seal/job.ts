import { readSiteSettings, type Env } from '../../env.ts'
import { currentVersion, knownVersions, open, seal, SealError } from './seal.ts'
import { readCanaries } from './store.ts'
import {
  SEALED,
  secretWords,
  VERSION_SQL,
  VERSIONS_SQL,
  type Sealed,
  type SecretCounts,
} from './sealed.ts'

/** The number of secrets sealed under a version of the master key. */
export interface VersionInUse extends SecretCounts {
  version: string
}

export interface MasterKeyState {
  /** The version that seals new secrets. */
  current: string
  /** All versions in MASTER_KEYS. */
  held: readonly string[]
  inUse: readonly VersionInUse[]
}

/** Throws a SealError if MASTER_KEYS is malformed. */
export async function readMasterKeyState(env: Env): Promise<MasterKeyState> {
  const { results } = await env.DB.prepare(VERSIONS_SQL).all<VersionInUse>()
  const held = knownVersions(env.MASTER_KEYS)
  return { current: currentVersion(env.MASTER_KEYS), held, inUse: results }
}

/** Throws a SealError if a secret is sealed under a version that MASTER_KEYS does not hold. */
export async function checkVersions(env: Env): Promise<void> {
  const { held, inUse } = await readMasterKeyState(env)
  const missing = inUse.filter(({ version }) => !held.includes(version))
  if (missing.length === 0) return
  const words = missing.map(
    ({ version, ...counts }) => `"${version}" (${secretWords(counts).join(', ')})`,
  )
  throw new SealError(
    `MASTER_KEYS holds ${held.join(', ')}, and not ${words.join(', ')}, under which secrets are sealed; put that version back, behind the current one, until they are sealed anew`,
  )
}

/** Rows of each table per turn. The plan limits the CPU time of a job. */
const AT_ONCE = { free: 5, paid: 100 } as const

interface Row {
  accountId: string
  key: string
  sealed: string
}

/**
 * Reseals some secrets of older versions under the current one. Returns whether there are more. Cached callers
 * with the old ciphertext work while MASTER_KEYS holds its version, and are not used after that.
 */
export async function resealSecrets(env: Env, nowMs: number): Promise<boolean> {
  await noteCurrent(env, nowMs)
  let failed = 0
  let isMore = false
  for (const sealed of Object.values(SEALED)) {
    const done = await resealTable(env, sealed)
    failed += done.failed
    isMore ||= done.isMore
  }
  if (failed > 0) throw new Error(`secrets not sealed anew, as they do not open: ${failed}`)
  return isMore
}

/**
 * Records the current version for the command line, which has no secrets. Deletes the canaries of versions that
 * MASTER_KEYS does not hold and that seal nothing: they would reject another key of the same version name.
 */
async function noteCurrent(env: Env, nowMs: number): Promise<void> {
  await readCanaries(env)
  const held = JSON.stringify(knownVersions(env.MASTER_KEYS))
  await env.DB.batch([
    env.DB.prepare('UPDATE canaries SET current_at_ms = ?2 WHERE version = ?1').bind(
      currentVersion(env.MASTER_KEYS),
      nowMs,
    ),
    env.DB.prepare(
      `DELETE FROM canaries WHERE version NOT IN (SELECT value FROM json_each(?1))
         AND version NOT IN (SELECT version FROM (${VERSIONS_SQL}))`,
    ).bind(held),
  ])
}

/**
 * Takes rows in random order, so that secrets that do not open do not hold up others. Returns how many do not
 * open, and whether there may be more rows.
 */
async function resealTable(
  env: Env,
  { table, key, where, context }: Sealed,
): Promise<{ failed: number; isMore: boolean }> {
  const most = AT_ONCE[readSiteSettings(env).plan]
  const { results } = await env.DB.prepare(
    `SELECT account_id AS accountId, ${key} AS "key", sealed FROM ${table}
     WHERE ${where} AND ${VERSION_SQL} <> ?1 AND ${VERSION_SQL} IN (SELECT value FROM json_each(?2))
     ORDER BY random() LIMIT ${most}`,
  )
    .bind(currentVersion(env.MASTER_KEYS), JSON.stringify(knownVersions(env.MASTER_KEYS)))
    .all<Row>()
  if (results.length === 0) return { failed: 0, isMore: false }
  const tried = await Promise.allSettled(
    results.map(async (row) => {
      const place = context(row.accountId, row.key)
      const secret = await open(env.MASTER_KEYS, place, row.sealed)
      return { ...row, anew: await seal(env.MASTER_KEYS, place, secret) }
    }),
  )
  const anew = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  // A secret that was replaced meanwhile is left as it is.
  await env.DB.prepare(
    `UPDATE ${table} SET sealed = one.value ->> '$.anew' FROM json_each(?1) AS one
     WHERE ${table}.account_id = one.value ->> '$.accountId' AND ${table}.${key} = one.value ->> '$.key'
       AND ${table}.sealed = one.value ->> '$.sealed'`,
  )
    .bind(JSON.stringify(anew))
    .run()
  return { failed: results.length - anew.length, isMore: results.length === most }
}
