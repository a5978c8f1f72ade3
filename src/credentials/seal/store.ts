import type { Env } from '../../env.ts'
import { currentVersion, knownVersions, open, seal, SealError } from './seal.ts'

const CANARY_CONTEXT = 'canary'
const CANARY_TEXT = 'this deployment can open what it has sealed'

const checked = new WeakSet<Env>()

/**
 * Checks once per isolate that MASTER_KEYS opens this deployment's canaries, and adds a canary for the current
 * version if it has none. Throws a SealError that says what to do.
 */
export async function checkMasterKeys(env: Env): Promise<void> {
  if (checked.has(env)) return
  await readCanaries(env)
  checked.add(env)
}

/** The same check, without the cached result. */
export async function readCanaries(env: Env): Promise<void> {
  const { results } = await env.DB.prepare('SELECT version, sealed FROM canaries').all<{
    version: string
    sealed: string
  }>()
  const versions = knownVersions(env.MASTER_KEYS)
  const openable = results.filter((canary) => versions.includes(canary.version))
  if (results.length > 0 && openable.length === 0) {
    throw new SealError(
      `MASTER_KEYS holds ${versions.join(', ')}, but this deployment sealed with ${results.map((canary) => canary.version).join(', ')}; put the former key back, behind the new one`,
    )
  }
  for (const canary of openable) await open(env.MASTER_KEYS, CANARY_CONTEXT, canary.sealed)

  const current = currentVersion(env.MASTER_KEYS)
  if (results.some((canary) => canary.version === current)) return
  const sealed = await seal(env.MASTER_KEYS, CANARY_CONTEXT, CANARY_TEXT)
  await env.DB.prepare(
    'INSERT INTO canaries (version, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING',
  )
    .bind(current, sealed)
    .run()
}
