import { targetProblem } from '../../alerts/channels/target.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { exportOf, spanOf, type SpanRow } from './span.ts'
import type { NewTarget } from './input.ts'
import { openTarget } from './target-store.ts'

/** Spans of a batch: below 1 MB of JSON, which collectors take by default. */
const BATCH = 200
/** Accounts in a turn. */
const ACCOUNTS = 2
const ANSWER_LIMIT_MS = 10_000
const MOST_ANSWER_CHARACTERS = 10_000
const MINUTE_MS = 60_000
/** A row that stands for several refusals grows for a minute. */
const SETTLED_MS = 2 * MINUTE_MS
/** A row that was lost may be found until then. */
const FOUND_MS = 6 * 60 * MINUTE_MS
const LONGEST_PAUSE_MS = 60 * MINUTE_MS

/**
 * Sends the spans of requests whose accounts want them, a batch an account. A span is claimed before it is sent, so
 * that it is sent at most once: what a collector does not take is counted, and not sent again. Returns whether there
 * are more.
 */
export async function sendTraces(env: Env, nowMs: number): Promise<boolean> {
  const accountIds = await waitingAccounts(env.LEDGER)
  const counts = await Promise.all(accountIds.map((id) => sendBatch(env, id, nowMs)))
  // With a whole batch, or as many accounts as a turn takes, there may be more; without any span there is not.
  return counts.includes(BATCH) || (counts.length === ACCOUNTS && counts.some((one) => one > 0))
}

const WAITING = 'SELECT account_id FROM requests WHERE trace_context IS NOT NULL'

/** Accounts with spans to send. The first is chosen at random, so that a busy one does not keep back the others. */
async function waitingAccounts(ledger: D1Database): Promise<string[]> {
  const { results } = await ledger
    .prepare(
      `WITH RECURSIVE found (account_id) AS (
         SELECT ifnull((${WAITING} AND account_id >= ?1 ORDER BY account_id LIMIT 1), (${WAITING} ORDER BY account_id LIMIT 1))
         UNION
         SELECT ifnull((${WAITING} AND account_id > found.account_id ORDER BY account_id LIMIT 1), (${WAITING} ORDER BY account_id LIMIT 1))
         FROM found WHERE account_id IS NOT NULL
         LIMIT ${ACCOUNTS})
       SELECT account_id AS accountId FROM found WHERE account_id IS NOT NULL`,
    )
    .bind(crypto.randomUUID())
    .all<{ accountId: string }>()
  return results.map(({ accountId }) => accountId)
}

const COLUMNS = `id, at_ms AS atMs, label, session, tags, token_id AS tokenId, endpoint, mode, requested_model AS requestedModel, model,
  status, outcome, streamed, input_tokens AS inputTokens, cached_tokens AS cachedTokens, output_tokens AS outputTokens,
  reasoning_tokens AS reasoningTokens, cost_ticks AS costTicks, cost_basis AS costBasis, first_byte_ms AS firstByteMs,
  total_ms AS totalMs, error_code AS errorCode, response_id AS responseId, times`

type StoredSpanRow = Omit<SpanRow, 'streamed' | 'tags'> & { streamed: number; tags: string | null }

/** The oldest rows that wait and do not change any more, which nobody else gets from now on. */
async function claim(ledger: D1Database, accountId: string, nowMs: number): Promise<SpanRow[]> {
  const ids = `SELECT id FROM requests WHERE account_id = ?1 AND trace_context IS NOT NULL
    AND at_ms < iif(outcome = 'lost', ?2 - ${FOUND_MS}, ?2 - ${SETTLED_MS}) ORDER BY id LIMIT ${BATCH}`
  const [rows] = await ledger.batch<StoredSpanRow>([
    ledger
      .prepare(
        `SELECT ${COLUMNS}, trace_context AS traceContext FROM requests WHERE account_id = ?1 AND id IN (${ids})`,
      )
      .bind(accountId, nowMs),
    ledger
      .prepare(`UPDATE requests SET trace_context = NULL WHERE account_id = ?1 AND id IN (${ids})`)
      .bind(accountId, nowMs),
  ])
  return (rows?.results ?? []).map((row) => ({
    ...row,
    streamed: row.streamed === 1,
    tags: row.tags === null ? null : (JSON.parse(row.tags) as SpanRow['tags']),
  }))
}

interface Account {
  name: string
  isWanted: number
  sealed: string | null
  failures: number | null
  lastTriedAtMs: number | null
  tokens: string
}

/** After attempts that failed, a collector is left alone: a minute, two, four, up to an hour. */
const isPaused = ({ failures, lastTriedAtMs }: Account, nowMs: number): boolean =>
  (failures ?? 0) > 0 &&
  nowMs < (lastTriedAtMs ?? 0) + Math.min(2 ** ((failures ?? 1) - 1) * MINUTE_MS, LONGEST_PAUSE_MS)

/** Returns the number of spans that were claimed. */
async function sendBatch(env: Env, accountId: string, nowMs: number): Promise<number> {
  const account = await env.DB.prepare(
    `SELECT a.name, a.traces AS isWanted, t.sealed, t.failures, t.last_tried_at_ms AS lastTriedAtMs,
       (SELECT json_group_object(id, name) FROM tokens WHERE account_id = a.id) AS tokens
     FROM accounts AS a LEFT JOIN trace_targets AS t ON t.account_id = a.id AND t.provider = 'otlp' WHERE a.id = ?1`,
  )
    .bind(accountId)
    .first<Account>()
  if (account !== null && isPaused(account, nowMs)) return 0
  const isWanted = account?.isWanted === 1 && account.sealed !== null
  // A collector that cannot be opened loses no span.
  const target = isWanted ? await openOrTell(env, accountId, account.sealed!, nowMs) : null
  if (isWanted && target === null) return 0
  const rows = await claim(env.LEDGER, accountId, nowMs)
  // The account is gone, or wants no traces any more.
  if (account === null || target === null || rows.length === 0) return rows.length
  const names = JSON.parse(account.tokens) as Record<string, string>
  const spans = rows.map((row) => spanOf(row, names[row.tokenId] ?? null))
  const { error, rejected } = await post(env, target, exportOf(spans, account.name))
  await noteTried(
    env,
    accountId,
    { error, dropped: error === null ? rejected : rows.length },
    {
      total: rows.length,
      nowMs,
    },
  )
  return rows.length
}

async function noteTried(
  { DB }: Env,
  accountId: string,
  { error, dropped }: { error: string | null; dropped: number },
  { total, nowMs }: { total: number; nowMs: number },
): Promise<void> {
  await DB.prepare(
    `UPDATE trace_targets SET last_tried_at_ms = ?2, last_error = ?3, failures = iif(?3 IS NULL, 0, failures + 1),
       sent = sent + ?4, dropped = dropped + ?5 WHERE account_id = ?1 AND provider = 'otlp'`,
  )
    .bind(accountId, nowMs, error, total - dropped, dropped)
    .run()
}

/** Null: the target cannot be opened, which is noted with it. */
async function openOrTell(
  env: Env,
  accountId: string,
  sealed: string,
  nowMs: number,
): Promise<NewTarget | null> {
  try {
    return await openTarget(env, accountId, sealed)
  } catch (error) {
    await noteTried(env, accountId, { error: loggable(error), dropped: 0 }, { total: 0, nowMs })
    return null
  }
}

interface Posted {
  /** Null: the collector took it. */
  error: string | null
  /** Spans that it took the others without. */
  rejected: number
}

async function post(env: Env, { url, headers }: NewTarget, body: object): Promise<Posted> {
  const problem = targetProblem(url, readSiteSettings(env).channelTestOrigins)
  if (problem !== null) return { error: `the address is not allowed: ${problem}`, rejected: 0 }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    const text = await response.text()
    return response.ok
      ? { error: null, rejected: rejectedIn(text) }
      : { error: `answered ${response.status}`, rejected: 0 }
  } catch (error) {
    // Messages of `fetch` may have the address in them, which may be a secret: they are not logged.
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    return {
      error: isLate ? `no answer within ${ANSWER_LIMIT_MS / 1_000} s` : 'cannot be reached',
      rejected: 0,
    }
  }
}

/** https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
function rejectedIn(text: string): number {
  if (text.length > MOST_ANSWER_CHARACTERS || !text.includes('rejectedSpans')) return 0
  try {
    const answer = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: string | number } }
    const rejected = Number(answer.partialSuccess?.rejectedSpans ?? 0)
    return Number.isSafeInteger(rejected) && rejected > 0 ? Math.min(rejected, BATCH) : 0
  } catch {
    return 0
  }
}
