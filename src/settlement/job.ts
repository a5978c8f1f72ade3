import { readSettings, type Env } from '../env.ts'
import { openProviderKey } from '../credentials/keys/provider-key.ts'
import { recordEntries } from '../ledger/sinks/store.ts'
import { uuidv7 } from '../http/uuid.ts'
import {
  areBilled,
  dueJobs,
  noteCheck,
  notePage,
  noteOver,
  type DueJob,
} from '../ledger/async-jobs/store.ts'
import { settled } from './store.ts'
import type { Call } from './exchange-result.ts'
import { reportBill } from '../spend/bill-store.ts'
import { DAY_MS, HOUR_MS } from '../http/time.ts'
import { resultOf, isBatchOver, readPage, readVideo, type Fetched } from './fetched-bills.ts'

const FETCH_LIMIT_MS = 20_000
const FIRST_PAUSE_MS = 300_000
const LONGEST_PAUSE_MS = 6 * HOUR_MS
/** xAI keeps results for 30 days. */
const KEPT_MS = 30 * DAY_MS

/**
 * Fetches with the stored key one bill of a video or batch that no caller has fetched. Deferred answers are
 * left to their callers: xAI may return them only once. Returns whether there may be more.
 */
export async function fetchBills(env: Env, nowMs: number): Promise<boolean> {
  const [work] = await dueJobs(env.LEDGER, nowMs, 1)
  if (work === undefined) return false
  try {
    await fetchBill(env, work, nowMs)
    return true
  } catch (error) {
    await noteCheck(env.LEDGER, work, later(work, nowMs))
    throw new Error(`the bill of ${work.id} is not fetched`, { cause: error })
  }
}

/** The next check, after pauses that double. `checkAtMs` null: xAI will not have kept the result. */
function later({ checks, atMs, cursor }: DueJob, nowMs: number) {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(checks, 20), LONGEST_PAUSE_MS)
  const isKept = nowMs + pauseMs < atMs + KEPT_MS
  return { checkAtMs: isKept ? nowMs + pauseMs : null, cursor }
}

async function fetchBill(env: Env, work: DueJob, nowMs: number): Promise<void> {
  const key = await storedKey(env, work.accountId)
  if (key === null) return noteCheck(env.LEDGER, work, later(work, nowMs))
  const ask = (path: string): Promise<Response> => askXai(env, key, path)
  return work.kind === 'video'
    ? fetchVideo(env, work, ask, nowMs)
    : fetchBatch(env, work, ask, nowMs)
}

async function storedKey(env: Env, accountId: string): Promise<string | null> {
  const sealed = await env.DB.prepare(
    `SELECT sealed FROM provider_keys WHERE account_id = ?1 AND provider = 'grok'`,
  )
    .bind(accountId)
    .first<string>('sealed')
  return sealed === null ? null : openProviderKey(env.MASTER_KEYS, accountId, sealed)
}

type Ask = (path: string) => Promise<Response>

function askXai(env: Env, key: string, path: string): Promise<Response> {
  return fetch(`${readSettings(env).xaiOrigin}/v1/${path}`, {
    headers: { authorization: `Bearer ${key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(FETCH_LIMIT_MS),
  })
}

/**
 * If xAI does not know the job any more, there is no bill to fetch: the job stays outstanding, and is not
 * checked again.
 */
async function giveUp(env: Env, work: DueJob, response: Response, nowMs: number): Promise<void> {
  await response.body?.cancel()
  const isGone = response.status === 404 || response.status === 410
  const next = later(work, nowMs)
  await noteCheck(env.LEDGER, work, isGone ? { ...next, checkAtMs: null } : next)
}

async function fetchVideo(env: Env, work: DueJob, ask: Ask, nowMs: number): Promise<void> {
  const response = await ask(`videos/${encodeURIComponent(work.id)}`)
  if (response.status !== 200 && response.status !== 202) return giveUp(env, work, response, nowMs)
  const fetched = await readVideo(response)
  if (await writeBills(env, work, 'videos/{id}', fetched, nowMs)) return
  return fetched.usage.jobIsOver
    ? noteOver(env.LEDGER, work, nowMs)
    : noteCheck(env.LEDGER, work, later(work, nowMs))
}

async function fetchBatch(env: Env, work: DueJob, ask: Ask, nowMs: number): Promise<void> {
  const { cursor } = work
  // With a cursor, its results are already being read: the batch is over.
  if (cursor === null) {
    const response = await ask(`batches/${encodeURIComponent(work.id)}`)
    if (!response.ok) return giveUp(env, work, response, nowMs)
    if (!isBatchOver(await response.json(), nowMs - work.atMs))
      return noteCheck(env.LEDGER, work, later(work, nowMs))
  }
  const from = cursor === null ? '' : `&pagination_token=${encodeURIComponent(cursor)}`
  const results = await ask(`batches/${encodeURIComponent(work.id)}/results?limit=100${from}`)
  if (!results.ok) return giveUp(env, work, results, nowMs)
  const fetched = await readPage(results)
  await writeBills(env, work, 'batches/{id}/results', fetched, nowMs)
  if (fetched.next === null) return noteOver(env.LEDGER, work, nowMs)
  // The next page is fetched by the next turn of the job.
  return notePage(env.LEDGER, work, fetched.next)
}

/** Writes a row with the bills, unless the ledger has all of them. Returns whether there were any. */
async function writeBills(
  env: Env,
  work: DueJob,
  endpoint: string,
  fetched: Fetched,
  nowMs: number,
): Promise<boolean> {
  const { accountId, tokenId, label, session, tags } = work
  const about = {
    accountId,
    tokenId,
    label,
    session,
    tags,
    endpoint,
    mode: 'job',
    colo: null,
    traceContext: null,
  } as const
  const call: Call = { id: uuidv7(nowMs), atMs: nowMs, ...about }
  const row = await settled(env, call, resultOf(work.id, fetched))
  const ids = row.work?.bills.map((bill) => bill.id) ?? []
  if (ids.length === 0) return false
  if (await areBilled(env.LEDGER, accountId, ids)) return true
  const takenBy = await recordEntries(env, [{ ...row, marked: false }])
  if (takenBy === 'd1') await reportBill(env, row.entry, work.id)
  return true
}
