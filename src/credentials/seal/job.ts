import { readSiteSettings, type Env } from '../../env.ts'
import { currentVersion, knownVersions, open, seal, SealError } from './seal.ts'
import { readCanaries } from './store.ts'
import { SEALED, VERSION_SQL, VERSIONS_SQL, type Sealed } from './sealed.ts'

/** How many secrets are sealed under a version of the master key. */
export interface VersionInUse {
  version: string
  tokens: number
  keys: number
}

export interface MasterKeyState {
  /** The version that seals. */
  current: string
  /** All that MASTER_KEYS holds. */
  held: readonly string[]
  inUse: readonly VersionInUse[]
}

/** Throws a SealError where MASTER_KEYS is not of its form. */
export async function readMasterKeyState(env: Env): Promise<MasterKeyState> {
  const { results } = await env.DB.prepare(VERSIONS_SQL).all<VersionInUse>()
  const held = knownVersions(env.MASTER_KEYS)
  return { current: currentVersion(env.MASTER_KEYS), held, inUse: results }
}

/** Throws a SealError where something is sealed under a version that MASTER_KEYS does not hold. */
export async function checkVersions(env: Env): Promise<void> {
  const { held, inUse } = await readMasterKeyState(env)
  const missing = inUse.filter(({ version }) => !held.includes(version))
  if (missing.length === 0) return
  const words = missing.map(
    ({ version, tokens, keys }) => `"${version}" (${tokens} tokens, ${keys} xAI keys)`,
  )
  throw new SealError(
    `MASTER_KEYS holds ${held.join(', ')}, and not ${words.join(', ')}, under which secrets are sealed; put that version back, behind the current one, until they are sealed anew`,
  )
}

/** Of each table, in a turn: what a job may compute on the plan. */
const AT_ONCE = { free: 5, paid: 100 } as const

interface Row {
  accountId: string
  key: string
  sealed: string
}

/**
 * Seals some of what is sealed under an older version under the current one. Whether there is more. What callers
 * are remembered with opens all the same, for as long as MASTER_KEYS holds its version, and is not believed after.
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
 * For the command line, which knows no secret. A canary of a version that is gone, and under which nothing is
 * sealed, would speak against another key of that name.
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

/** In no order, so that those which do not open hold up no others. How many do not, and whether there are others. */
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
  // What was replaced meanwhile stays as it was replaced.
  await env.DB.prepare(
    `UPDATE ${table} SET sealed = one.value ->> '$.anew' FROM json_each(?1) AS one
     WHERE ${table}.account_id = one.value ->> '$.accountId' AND ${table}.${key} = one.value ->> '$.key'
       AND ${table}.sealed = one.value ->> '$.sealed'`,
  )
    .bind(JSON.stringify(anew))
    .run()
  return { failed: results.length - anew.length, isMore: results.length === most }
}
