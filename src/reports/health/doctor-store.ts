import { askAboutKey, openSavedKeys, type Asked } from '../../credentials/keys/check-store.ts'
import type { Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { within } from '../../http/time-limit.ts'
import {
  PROBED_QUEUES,
  readHeartbeats,
  sendProbe,
  type ProbedQueue,
} from '../../ledger/heartbeats-store.ts'
import { ABOUT } from './checks.ts'
import { bindingFindings, clockFinding, cronFindings, failed, ok, type Finding } from './doctor.ts'
import { checkHealth, migrationsTable } from './store.ts'

/** Each key is one call to xAI; the Free plan allows fifty calls an invocation. */
const MOST_KEYS = 5
const D1_MS = 3_000

/**
 * Checks everything: what the health page always shows, and what has to be tried: crons, consumers of queues, xAI with
 * the saved keys, the clock. `accountId` null: the keys of all accounts, for the operator. Takes up to some 15 seconds.
 */
export async function examine(
  env: Env,
  accountId: string | null,
  consumerMs = CONSUMER_MS,
): Promise<Finding[]> {
  const [checks, crons, queues, xai] = await Promise.all([
    checkHealth(env),
    findCrons(env),
    findQueues(env, consumerMs),
    askXai(env, accountId),
  ])
  return [...bindingFindings(checks), ...crons, ...queues, ...xai]
}

async function findCrons(env: Env): Promise<Finding[]> {
  if (env.CRONS === 'none') return []
  try {
    const [beats, sinceMs] = await within(
      D1_MS,
      'LEDGER',
      Promise.all([readHeartbeats(env.LEDGER), deployedAtMs(env)]),
    )
    return cronFindings(beats, sinceMs, Date.now())
  } catch (error) {
    return [failed('Crons', `not known: ${loggable(error)}`, ABOUT.LEDGER.fix)]
  }
}

/** When the newest migration was applied. */
async function deployedAtMs({ LEDGER }: Env): Promise<number> {
  const table = await migrationsTable(LEDGER, 'LEDGER')
  const row = await LEDGER.prepare(
    `SELECT unixepoch(max(applied_at)) * 1000 AS atMs FROM ${table}`,
  ).first<{ atMs: number | null }>()
  return row?.atMs ?? 0
}

/** A consumer waits up to 5 seconds for its batch to fill (wrangler.toml). */
const CONSUMER_MS = 12_000
const LOOK_MS = 1_000

/** Sends a message through each queue, and waits until the Worker has received it. */
async function findQueues(env: Env, consumerMs: number): Promise<Finding[]> {
  const bound = PROBED_QUEUES.filter((name) => env[name] !== undefined)
  return Promise.all(bound.map((name) => tryQueue(env, name, consumerMs)))
}

async function tryQueue(env: Env, name: ProbedQueue, consumerMs: number): Promise<Finding> {
  const { title, fix } = ABOUT[name]
  // Another doctor's probe shows the same.
  const sinceMs = Date.now() - LOOK_MS
  try {
    await within(D1_MS, name, sendProbe(env[name]!))
  } catch (error) {
    return failed(`${title}, consumer`, `the queue takes no message: ${loggable(error)}`, fix)
  }
  if (await hasReceived(env, name, sinceMs, consumerMs)) return ok(`${title}, consumer`, 'receives')
  return failed(
    `${title}, consumer`,
    `has received no message for ${consumerMs / 1_000} seconds`,
    'Open Queues in the Cloudflare dashboard: the queue needs this Worker as its consumer and must not be paused. Run npm run deploy.',
  )
}

async function hasReceived(
  env: Env,
  queue: ProbedQueue,
  sinceMs: number,
  consumerMs: number,
): Promise<boolean> {
  const untilMs = Date.now() + consumerMs
  for (;;) {
    const beats = await within(D1_MS, 'LEDGER', readHeartbeats(env.LEDGER)).catch(() => null)
    if ((beats?.get(queue) ?? 0) >= sinceMs) return true
    if (Date.now() >= untilMs) return false
    await scheduler.wait(LOOK_MS)
  }
}

const XAI = 'xAI'
const REACH = 'Check XAI_BASE_URL under [vars] in wrangler.toml, and https://status.x.ai.'
/** xAI refuses it, which shows that xAI answers. */
const NO_KEY = 'xai-metrion-doctor'

/** Asks xAI about each saved key; about none that exists, if none is saved. */
async function askXai(env: Env, accountId: string | null): Promise<Finding[]> {
  try {
    const saved = await within(D1_MS, 'DB', openSavedKeys(env, accountId, MOST_KEYS))
    const first = saved[0] ? await askAboutKey(env, saved[0].key) : await askAboutKey(env, NO_KEY)
    const clock = clockFinding(Date.now(), first.servedAtMs, XAI)
    if (saved.length === 0) return [reached(first), clock]
    const others = await Promise.all(saved.slice(1).map(({ key }) => askAboutKey(env, key)))
    return [...saved.map((one, at) => keyFinding(one, at === 0 ? first : others[at - 1]!)), clock]
  } catch (error) {
    return [failed(`${XAI} key`, loggable(error), ABOUT.MASTER_KEYS.fix)]
  }
}

const reached = ({ status, message }: Asked): Finding =>
  status === null
    ? failed(XAI, message, REACH)
    : ok(XAI, 'answers; no key is saved yet (save one on the Integrate page)')

function keyFinding(
  { accountName, lastFour }: { accountName: string; lastFour: string },
  { result, message }: Asked,
): Finding {
  const title = `${XAI} key …${lastFour} (${accountName})`
  if (result === 'accepted') return ok(title, 'xAI accepts it')
  return result === 'refused'
    ? failed(title, `xAI refuses it: ${message}`, 'Save another key on the Integrate page.')
    : failed(title, message, REACH)
}
