import { targetProblem } from '../../alerts/channels/target.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import { loggable } from '../../http/error-log.ts'
import { exportOf, spanOf, type SpanRow } from './span.ts'
import { openTarget } from './target-store.ts'

/** Spans of a batch: below 1 MB of JSON. */
const BATCH = 500
/** Accounts in a turn. */
const ACCOUNTS = 2
const ANSWER_LIMIT_MS = 10_000

/**
 * Sends the spans of requests whose accounts want them, a batch an account. A span is claimed before it is sent, so
 * that it is sent at most once: what a collector does not take is counted, and not sent again. Returns whether there
 * are more.
 */
export async function sendTraces(env: Env, nowMs: number): Promise<boolean> {
  const accountIds = await waitingAccounts(env.LEDGER)
  let isMore = accountIds.length === ACCOUNTS
  for (const accountId of accountIds)
    if ((await sendBatch(env, accountId, nowMs)) === BATCH) isMore = true
  return isMore
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

const COLUMNS = `id, at_ms AS atMs, label, token_id AS tokenId, endpoint, mode, requested_model AS requestedModel, model,
  status, outcome, streamed, input_tokens AS inputTokens, cached_tokens AS cachedTokens, output_tokens AS outputTokens,
  reasoning_tokens AS reasoningTokens, cost_ticks AS costTicks, cost_basis AS costBasis, first_byte_ms AS firstByteMs,
  total_ms AS totalMs, error_code AS errorCode, error_text AS errorText, response_id AS responseId, times`

/** The oldest rows that wait, which nobody else gets from now on. */
async function claim(ledger: D1Database, accountId: string): Promise<SpanRow[]> {
  const ids = `SELECT id FROM requests WHERE account_id = ?1 AND trace_context IS NOT NULL ORDER BY id LIMIT ${BATCH}`
  const [rows] = await ledger.batch<Omit<SpanRow, 'streamed'> & { streamed: number }>([
    ledger
      .prepare(
        `SELECT ${COLUMNS}, trace_context AS traceContext FROM requests WHERE account_id = ?1 AND id IN (${ids})`,
      )
      .bind(accountId),
    ledger
      .prepare(`UPDATE requests SET trace_context = NULL WHERE account_id = ?1 AND id IN (${ids})`)
      .bind(accountId),
  ])
  return (rows?.results ?? []).map((row) => ({ ...row, streamed: row.streamed === 1 }))
}

interface Account {
  name: string
  sealed: string | null
  tokens: string
}

/** Returns the number of spans that were claimed. */
async function sendBatch(env: Env, accountId: string, nowMs: number): Promise<number> {
  const account = await env.DB.prepare(
    `SELECT a.name, t.sealed, (SELECT json_group_object(id, name) FROM tokens WHERE account_id = a.id) AS tokens
     FROM accounts AS a LEFT JOIN trace_targets AS t ON t.account_id = a.id AND t.provider = 'otlp' WHERE a.id = ?1`,
  )
    .bind(accountId)
    .first<Account>()
  const rows = await claim(env.LEDGER, accountId)
  // The account is gone, or wants no traces any more.
  if (account?.sealed == null || rows.length === 0) return rows.length
  const names = JSON.parse(account.tokens) as Record<string, string>
  const spans = rows.map((row) => spanOf(row, names[row.tokenId] ?? null))
  const error = await post(env, accountId, account.sealed, exportOf(spans, account.name))
  await env.DB.prepare(
    `UPDATE trace_targets SET last_tried_at_ms = ?2, last_error = ?3, failures = iif(?3 IS NULL, 0, failures + 1),
       sent = sent + iif(?3 IS NULL, ?4, 0), dropped = dropped + iif(?3 IS NULL, 0, ?4)
     WHERE account_id = ?1 AND provider = 'otlp'`,
  )
    .bind(accountId, nowMs, error, rows.length)
    .run()
  return rows.length
}

/** Null: the collector took it; otherwise the reason. */
async function post(
  env: Env,
  accountId: string,
  sealed: string,
  body: object,
): Promise<string | null> {
  try {
    const { url, headers } = await openTarget(env, accountId, sealed)
    const problem = targetProblem(url, readSiteSettings(env).channelTestOrigins)
    if (problem !== null) return `the address is not allowed: ${problem}`
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    await response.body?.cancel()
    return response.ok ? null : `answered ${response.status}`
  } catch (error) {
    // Messages of `fetch` may have the address in them, which may be a secret.
    if (error instanceof Error && error.name === 'TimeoutError')
      return `no answer within ${ANSWER_LIMIT_MS / 1_000} s`
    console.error(
      'traces not sent',
      accountId,
      error instanceof TypeError ? 'fetch' : loggable(error),
    )
    return 'cannot be reached'
  }
}
