import { readSettings, readSiteSettings, type Env } from '../../env.ts'
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
import { SCHEMA_VERSION } from '../../schema/version.ts'
import { within } from '../../http/time-limit.ts'

export interface Check {
  ok: boolean
  /** The problem, and what to do. */
  problem: string | null
}

const CHECK_LIMIT_MS = 3_000

/** Checks the settings, the bindings and the secrets. */
export async function checkHealth(env: Env): Promise<Record<string, Check>> {
  const [settings, DB, LEDGER, TOKENS, LEDGER_QUEUE, ALERTS_QUEUE, SPEND, ANALYTICS, MASTER_KEYS] =
    await Promise.all([
      attempt(async () => [readSettings(env), readSiteSettings(env)]),
      attempt(() => checkSchema(env.DB, SCHEMA_VERSION.DB)),
      attempt(() => checkSchema(env.LEDGER, SCHEMA_VERSION.LEDGER)),
      attempt(() => env.TOKENS.get('health')),
      attempt(() => checkBound(env.LEDGER_QUEUE)),
      attempt(() => checkBound(env.ALERTS_QUEUE)),
      attempt(() => checkBound(env.SPEND)),
      attempt(() => checkBound(env.ANALYTICS)),
      attempt(async () => {
        await readCanaries(env)
        await checkVersions(env)
      }),
    ])
  return { settings, DB, LEDGER, TOKENS, LEDGER_QUEUE, ALERTS_QUEUE, SPEND, ANALYTICS, MASTER_KEYS }
}

async function attempt(check: () => Promise<unknown>): Promise<Check> {
  try {
    await within(CHECK_LIMIT_MS, 'health check', check())
    return { ok: true, problem: null }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function checkSchema(database: D1Database, expected: string): Promise<void> {
  const applied = await database
    .prepare('SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1')
    .first<{ name: string }>()
  if (applied?.name === expected) return
  throw new Error(
    `the schema is at ${applied?.name ?? 'no migration'}, but this version needs ${expected}; run npm run deploy`,
  )
}

async function checkBound(binding: unknown): Promise<void> {
  if (!binding) throw new Error('not bound; deploy with this version’s wrangler.toml')
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
