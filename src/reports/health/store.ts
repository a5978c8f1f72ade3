import { readSettings, readSiteSettings, type Env } from '../../env.ts'
import { setupCodeIn, SHORTEST_SETUP_CODE } from '../../credentials/sessions/setup-code.ts'
import { ABOUT, type About, type Check, type CheckName } from './checks.ts'
import { countEntries } from '../../ledger/store.ts'
import type { FailedJob, LedgerState, QueueBacklog } from './ledger.ts'
import { readUnchecked } from './unchecked-store.ts'
import { readRoom } from './room-store.ts'
import type { PriceState } from '../../pricing/fetched-prices.ts'
import { readPriceState } from '../../settlement/prices-store.ts'
import {
  checkVersions,
  readMasterKeyState,
  type MasterKeyState,
} from '../../credentials/seal/job.ts'
import { readCanaries } from '../../credentials/seal/store.ts'
import { OWN_MIGRATIONS, SCHEMA_VERSION } from '../../schema/version.ts'
import { within } from '../../http/time-limit.ts'

const CHECK_LIMIT_MS = 3_000

/** Checks the settings, the bindings and the secrets. */
export async function checkHealth(env: Env): Promise<Record<CheckName, Check>> {
  const attempts: Record<CheckName, () => Promise<unknown>> = {
    settings: async () => [readSettings(env), readSiteSettings(env)],
    DB: () => checkSchema(env.DB, 'DB'),
    LEDGER: () => checkSchema(env.LEDGER, 'LEDGER'),
    TOKENS: async () => {
      await checkBound(env.TOKENS)
      await env.TOKENS.get('health')
    },
    LEDGER_QUEUE: () => checkBound(env.LEDGER_QUEUE),
    DEAD_LETTER_QUEUE: () => checkBound(env.DEAD_LETTER_QUEUE),
    ALERTS_QUEUE: () => checkBound(env.ALERTS_QUEUE),
    SPEND: () => checkBound(env.SPEND),
    ANALYTICS: () => checkBound(env.ANALYTICS),
    SIGN_IN_LIMIT: () => checkBound(env.SIGN_IN_LIMIT),
    CRONS: async () => checkBound(env.CRONS !== 'none'),
    MASTER_KEYS: async () => {
      if (!env.DB) throw new Error('cannot be checked without DB')
      await readCanaries(env)
      await checkVersions(env)
    },
    SETUP_CODE: () => checkSetupCode(env),
  }
  const entries = Object.entries(attempts) as [CheckName, () => Promise<unknown>][]
  const checked = entries.map(async ([name, check]) => [name, await attempt(name, check)] as const)
  return Object.fromEntries(await Promise.all(checked)) as Record<CheckName, Check>
}

async function attempt(name: CheckName, check: () => Promise<unknown>): Promise<Check> {
  try {
    await within(CHECK_LIMIT_MS, 'health check', check())
    return { ok: true, problem: null, missing: null }
  } catch (error) {
    const about: About = ABOUT[name]
    const { without = null } = about
    // What may be missing is no fault of the deployment; it is shown.
    if (error instanceof NotBound && without !== null)
      return { ok: true, problem: null, missing: without }
    const problem = error instanceof Error ? error.message : String(error)
    return { ok: false, problem, missing: null }
  }
}

/** Where wrangler notes the migrations that it has applied. */
export async function migrationsTable(
  database: D1Database,
  name: 'DB' | 'LEDGER',
): Promise<string> {
  const own = await database
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?1`)
    .bind(OWN_MIGRATIONS[name])
    .first<{ name: string }>()
  return own?.name ?? 'd1_migrations'
}

async function checkSchema(database: D1Database, name: 'DB' | 'LEDGER'): Promise<void> {
  await checkBound(database)
  const expected = SCHEMA_VERSION[name]
  const table = await migrationsTable(database, name)
  // A newer schema is no fault: after a rollback, the former version works with it.
  const applied = await database
    .prepare(
      `SELECT name, EXISTS (SELECT 1 FROM ${table} WHERE name = ?1) AS isThere FROM ${table} ORDER BY id DESC LIMIT 1`,
    )
    .bind(expected)
    .first<{ name: string; isThere: number }>()
  if (applied?.isThere === 1) return
  throw new Error(
    `the schema is at ${applied?.name ?? 'no migration'}, but this version needs ${expected}; run npm run deploy`,
  )
}

/** It matters until there is an account. */
async function checkSetupCode(env: Env): Promise<void> {
  const { length } = setupCodeIn(env.SETUP_CODE)
  if (length === 0 || length >= SHORTEST_SETUP_CODE) return
  if ((await env.DB.prepare('SELECT 1 FROM accounts LIMIT 1').first()) !== null) return
  throw new Error(`it has fewer than ${SHORTEST_SETUP_CODE} characters, and so opens nothing`)
}

class NotBound extends Error {}

async function checkBound(binding: unknown): Promise<void> {
  if (!binding) throw new NotBound('not bound; deploy with this version’s wrangler.toml')
}

/** The number of entries in each state, and the room left. Throws if a database does not answer. */
export async function readLedgerState(env: Env): Promise<LedgerState> {
  const { databaseLimitBytes, ledgerLimitBytes, retentionDays } = readSiteSettings(env)
  const [counts, queue, accounts] = await Promise.all([
    within(CHECK_LIMIT_MS, 'ledger', countEntries(env.LEDGER)),
    readBacklog(env.LEDGER_QUEUE),
    within(CHECK_LIMIT_MS, 'accounts', env.DB.prepare('SELECT 1').run()),
  ])
  const databases = {
    DB: { bytes: accounts.meta.size_after, limitBytes: databaseLimitBytes },
    LEDGER: { bytes: counts.sizeBytes, limitBytes: ledgerLimitBytes },
  }
  const room = await within(
    CHECK_LIMIT_MS,
    'room',
    readRoom(env.LEDGER, counts.sizeBytes, Date.now()),
  )
  const unchecked = await within(
    CHECK_LIMIT_MS,
    'unchecked requests',
    readUnchecked(env.LEDGER, Date.now()),
  )
  const failedJobs = await within(CHECK_LIMIT_MS, 'failed jobs', readFailedJobs(env.LEDGER))
  return { counts, queue, databases, room, retentionDays, unchecked, failedJobs }
}

/** At most one for each job that there is. */
async function readFailedJobs(ledger: D1Database): Promise<FailedJob[]> {
  const { results } = await ledger
    .prepare('SELECT name, since_ms AS sinceMs, error FROM failed_jobs ORDER BY since_ms')
    .all<FailedJob>()
  return results
}

/** The same. Null: a database does not answer; the checks say more. */
export async function tryLedgerState(env: Env): Promise<LedgerState | null> {
  try {
    return await readLedgerState(env)
  } catch (error) {
    console.error('ledger not counted', String(error))
    return null
  }
}

/** Null: the secret or the database cannot be read; the checks say more. */
export async function tryMasterKeys(env: Env): Promise<MasterKeyState | null> {
  try {
    return await within(CHECK_LIMIT_MS, 'master keys', readMasterKeyState(env))
  } catch (error) {
    console.error('master keys not read', String(error))
    return null
  }
}

/** Null: KV does not answer; the checks say more. */
export async function tryPriceState(env: Env): Promise<PriceState | null> {
  try {
    return await within(CHECK_LIMIT_MS, 'prices', readPriceState(env))
  } catch (error) {
    console.error('prices not read', String(error))
    return null
  }
}

async function readBacklog(queue: Queue): Promise<QueueBacklog | null> {
  try {
    const metrics = await within(CHECK_LIMIT_MS, 'queue', queue.metrics())
    const oldestMs = metrics.oldestMessageTimestamp?.getTime() ?? 0
    return { messages: metrics.backlogCount, oldestMs: oldestMs > 0 ? oldestMs : null }
  } catch (error) {
    console.error('queue not asked', String(error))
    return null
  }
}
