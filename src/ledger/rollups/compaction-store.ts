// Compaction: old hourly sums become daily sums, and very old ones monthly sums. Each requester, model and token
// keeps its own sums. A compacted sum is stored at the first hour of its day or month (UTC).
import { readSiteSettings, type Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'
import { HISTOGRAMS, SUMS } from '../measures.ts'
import { NOTHING_COMES_AFTER_MS } from '../store.ts'
import { firstUuid } from '../../http/uuid.ts'

/** Hourly sums that one statement moves. Each costs one deleted and one changed row. */
const MOVED_AT_ONCE = 5_000
/** More than one, since a day of an account may be restored from the archive for a while. */
const ACCOUNTS_LOOKED_AT = 5
const YEAR_MS = 366 * DAY_MS

interface Span {
  startMs: number
  endMs: number
}

const dayAt = (ms: number): Span => {
  const startMs = ms - (ms % DAY_MS)
  return { startMs, endMs: startMs + DAY_MS }
}

function monthAt(ms: number): Span {
  const at = new Date(ms)
  const start = (months: number): number =>
    Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1)
  return { startMs: start(0), endMs: start(1) }
}

interface Level {
  /** The column of `pruned` that says up to when this level is done. */
  column: 'daily_before_ms' | 'monthly_before_ms'
  spanAt: (ms: number) => Span
  /** Only spans that ended before this moment are compacted. */
  beforeMs: number
}

const LIMITED = 'ORDER BY hour_ms, label, model, token_id LIMIT ?4'
const KEYS = 'account_id, hour_ms, label, model, token_id'
/** Rows still in D1 are verified against hourly sums, so those sums stay hourly. */
const NO_ROWS = `NOT EXISTS (SELECT 1 FROM requests WHERE account_id = ?1 AND id >= ?5 AND id < ?6)`
const PICKED = `FROM rollups WHERE account_id = ?1 AND hour_ms > ?2 AND hour_ms < ?3 AND ${NO_ROWS} ${LIMITED}`
const MEASURES = [...Object.keys(SUMS), ...HISTOGRAMS].join(', ')

/**
 * ?1: account. ?2: first hour of the span. ?3: its end. ?4: limit. The trigger `roll_up` adds each sum to the one
 * with the same key.
 */
const MOVE_SUMS = [
  `INSERT INTO rolled_up (account_id, id, hour_ms, token_id, model, label, ${MEASURES})
   SELECT account_id, NULL, ?2, token_id, model, label, ${MEASURES} ${PICKED}`,
  `DELETE FROM rollups WHERE (${KEYS}) IN (SELECT ${KEYS} ${PICKED}) RETURNING 1`,
]

const REDIRECT_KEYS = 'account_id, hour_ms, requested_model, model, token_id, label'
const REDIRECTS = `FROM redirects WHERE account_id = ?1 AND hour_ms > ?2 AND hour_ms < ?3 AND ${NO_ROWS}
  ORDER BY hour_ms, requested_model, model, token_id, label LIMIT ?4`
const MOVE_REDIRECTS = [
  `INSERT INTO redirects (${REDIRECT_KEYS}, requests, cost_ticks)
   SELECT account_id, ?2, requested_model, model, token_id, label, sum(requests), sum(cost_ticks)
   FROM (SELECT * ${REDIRECTS}) GROUP BY requested_model, model, token_id, label
   ON CONFLICT (${REDIRECT_KEYS}) DO UPDATE SET requests = requests + excluded.requests,
     cost_ticks = cost_ticks + excluded.cost_ticks`,
  `DELETE FROM redirects WHERE (${REDIRECT_KEYS}) IN (SELECT ${REDIRECT_KEYS} ${REDIRECTS}) RETURNING 1`,
]

/** Compacts some hourly sums of the oldest days. Returns whether there may be more. */
export const compactDays = (env: Env, nowMs: number): Promise<boolean> =>
  compactNext(env.LEDGER, {
    column: 'daily_before_ms',
    spanAt: dayAt,
    beforeMs: compactBefore(env, nowMs),
  })

/** Compacts some daily sums of the oldest months. Returns whether there may be more. */
export const compactMonths = (env: Env, nowMs: number): Promise<boolean> =>
  compactNext(env.LEDGER, {
    column: 'monthly_before_ms',
    spanAt: monthAt,
    beforeMs: Math.min(compactBefore(env, nowMs), nowMs - YEAR_MS),
  })

/** Hours that may still get late rows stay hourly. */
const compactBefore = (env: Env, nowMs: number): number =>
  nowMs - Math.max(readSiteSettings(env).retentionDays * DAY_MS, NOTHING_COMES_AFTER_MS + DAY_MS)

/** Compacts some of the oldest sums that are still too fine. False: there are none. */
async function compactNext(
  ledger: D1Database,
  { column, spanAt, beforeMs }: Level,
): Promise<boolean> {
  const { results } = await ledger
    .prepare(
      `SELECT account_id AS accountId, before_ms AS goneMs, (SELECT min(hour_ms) FROM rollups
         WHERE rollups.account_id = pruned.account_id AND hour_ms >= ${column}) AS hourMs
       FROM pruned WHERE hourMs < min(?1, before_ms) ORDER BY hourMs LIMIT ${ACCOUNTS_LOOKED_AT}`,
    )
    .bind(beforeMs)
    .all<{ accountId: string; goneMs: number; hourMs: number }>()
  const due = results.map((one) => ({ ...one, span: spanAt(one.hourMs) }))
  for (const { accountId, goneMs, span } of due) {
    if (span.endMs > Math.min(beforeMs, goneMs)) continue
    // Rows still in D1 are verified against hourly sums, so those sums stay hourly.
    if (await hasRows(ledger, accountId, span)) continue
    await moveSums(ledger, accountId, span, column)
    return true
  }
  return false
}

async function hasRows(
  ledger: D1Database,
  accountId: string,
  { startMs, endMs }: Span,
): Promise<boolean> {
  const found = await ledger
    .prepare('SELECT 1 FROM requests WHERE account_id = ?1 AND id >= ?2 AND id < ?3 LIMIT 1')
    .bind(accountId, firstUuid(startMs), firstUuid(endMs))
    .first()
  return found !== null
}

async function moveSums(
  ledger: D1Database,
  accountId: string,
  { startMs, endMs }: Span,
  column: Level['column'],
): Promise<void> {
  const ids = [firstUuid(startMs), firstUuid(endMs)]
  const move = [...MOVE_SUMS, ...MOVE_REDIRECTS].map((sql) =>
    ledger.prepare(sql).bind(accountId, startMs, endMs, MOVED_AT_ONCE, ...ids),
  )
  const begun = ledger
    .prepare('UPDATE pruned SET monthly_until_ms = max(monthly_until_ms, ?2) WHERE account_id = ?1')
    .bind(accountId, column === 'monthly_before_ms' ? endMs : 0)
  const [, , sums, , redirects] = await ledger.batch([begun, ...move])
  if ([sums, redirects].some((moved) => moved?.results.length === MOVED_AT_ONCE)) return
  await ledger.batch([
    ledger
      .prepare(`UPDATE pruned SET ${column} = ?3 WHERE account_id = ?1 AND NOT EXISTS (
        SELECT 1 FROM rollups WHERE account_id = ?1 AND hour_ms > ?2 AND hour_ms < ?3)`)
      .bind(accountId, startMs, endMs),
    ledger
      .prepare('DELETE FROM hour_labels WHERE account_id = ?1 AND hour_ms >= ?2 AND hour_ms < ?3')
      .bind(accountId, startMs, endMs),
  ])
}
