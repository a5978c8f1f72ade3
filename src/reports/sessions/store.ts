import { hourOf } from '../usage/bins.ts'
import { timeOfUuid } from '../../http/uuid.ts'
import { COMPARED_SESSIONS, type SessionsInput } from './input.ts'

/** The sums of a session, over the requests that the ledger holds. */
export interface Session {
  session: string
  requests: number
  failed: number
  inputTokens: number
  cachedTokens: number
  outputTokens: number
  costTicks: number
  savedTicks: number
  /** Requests of unknown cost. */
  unknownCosts: number
  /** When its first request came. */
  firstMs: number
  /** When its newest request ended. */
  lastMs: number
}

export interface SessionPage {
  sessions: Session[]
  /** Null: this was all. */
  nextCursor: string | null
  /** The range has more sessions than were compared: these are the newest. */
  isAll: boolean
}

const SUMS = `found.session, found.requests, found.failed, found.input_tokens AS inputTokens, found.cached_tokens AS cachedTokens,
  found.output_tokens AS outputTokens, found.cost_ticks AS costTicks, found.saved_ticks AS savedTicks, found.unknown_costs AS unknownCosts`

const ofSession = `FROM requests INDEXED BY requests_by_session
  WHERE account_id = ?1 AND session = found.session ORDER BY id`
/** Requests overlap: the one that ends last is looked for among so many of the newest. */
const OVERLAPPING = 100
const EDGES = `(SELECT id ${ofSession} LIMIT 1) AS firstId,
  (SELECT max(at_ms + total_ms) FROM (SELECT at_ms, total_ms ${ofSession} DESC LIMIT ${OVERLAPPING})) AS lastMs`
const NEWEST = `(SELECT id ${ofSession} DESC LIMIT 1)`

type StoredSession = Omit<Session, 'firstMs'> & { firstId: string }

const toSession = ({ firstId, ...sums }: StoredSession): Session => ({
  ...sums,
  firstMs: timeOfUuid(firstId),
})

/** An account's sessions. Hours are told apart: a range is widened to full hours. */
export async function listSessions(
  ledger: D1Database,
  accountId: string,
  { from = 0, to = Number.MAX_SAFE_INTEGER, sort, limit, cursor }: SessionsInput,
  compared = COMPARED_SESSIONS,
): Promise<SessionPage> {
  const inRange = `FROM session_sums INDEXED BY session_sums_by_hour
    WHERE account_id = ?1 AND last_hour_ms >= ?2 AND last_hour_ms < ?3 ORDER BY last_hour_ms DESC, session DESC`
  const newest = `SELECT * ${inRange} LIMIT ${compared}`
  const page = `LIMIT ${limit + 1} OFFSET ${cursor}`
  // The sums know the hour of a session's newest request. Those of the page's hours are put in order by its id.
  const latest = `SELECT *, ${NEWEST} AS newestId FROM (${newest}) AS found WHERE last_hour_ms >= ifnull((
      SELECT last_hour_ms ${inRange} LIMIT 1 OFFSET ${cursor + limit}), 0) ORDER BY newestId DESC ${page}`
  const sums = { latest: 'newestId', cost: 'cost_ticks', requests: 'requests' }
  const order = `${sums[sort]} DESC, session`
  const found = sort === 'latest' ? latest : `SELECT * FROM (${newest}) ORDER BY ${order} ${page}`
  const [shown, beyond] = await ledger.batch(
    [
      `SELECT ${SUMS}, ${EDGES} FROM (${found}) AS found ORDER BY ${order}`,
      `SELECT 1 ${inRange} LIMIT 1 OFFSET ${compared}`,
    ].map((sql) => ledger.prepare(sql).bind(accountId, hourOf(from), to)),
  )
  const sessions = (shown?.results ?? []) as unknown as StoredSession[]
  return {
    sessions: sessions.slice(0, limit).map(toSession),
    nextCursor: sessions.length > limit ? String(cursor + limit) : null,
    isAll: beyond?.results.length === 0,
  }
}

/** Null: the account has no request of this session. */
export async function findSession(
  ledger: D1Database,
  accountId: string,
  session: string,
): Promise<Session | null> {
  const found = await ledger
    .prepare(
      `SELECT ${SUMS}, ${EDGES} FROM session_sums AS found WHERE found.account_id = ?1 AND found.session = ?2`,
    )
    .bind(accountId, session)
    .first<StoredSession>()
  return found && toSession(found)
}

/** The most requests of a session that a running cost is added up from. */
const ADDED_UP = 20_000

/** What the requests of a session up to this one cost. Null: there are too many to add up. */
export async function costUpTo(
  ledger: D1Database,
  accountId: string,
  session: string,
  id: string,
): Promise<number | null> {
  const found = await ledger
    .prepare(
      `SELECT ifnull(sum(cost_ticks), 0) AS ticks, count(*) AS requests FROM (
         SELECT cost_ticks FROM requests INDEXED BY requests_by_session
         WHERE account_id = ?1 AND session = ?2 AND id <= ?3 ORDER BY id LIMIT ${ADDED_UP + 1})`,
    )
    .bind(accountId, session, id)
    .first<{ ticks: number; requests: number }>()
  return found === null || found.requests > ADDED_UP ? null : found.ticks
}
