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

const edge = (order: 'ASC' | 'DESC', column: string): string =>
  `(SELECT ${column} FROM requests INDEXED BY requests_by_session
     WHERE account_id = ?1 AND session = found.session ORDER BY id ${order} LIMIT 1)`
const EDGES = `${edge('ASC', 'id')} AS firstId, ${edge('DESC', 'at_ms + total_ms')} AS lastMs`

type StoredSession = Omit<Session, 'firstMs'> & { firstId: string }

const toSession = ({ firstId, ...sums }: StoredSession): Session => ({
  ...sums,
  firstMs: timeOfUuid(firstId),
})

const ORDERS: Record<SessionsInput['sort'], string> = {
  latest: 'last_hour_ms DESC, session',
  cost: 'cost_ticks DESC, session',
  requests: 'requests DESC, session',
}

/** An account's sessions. Hours are told apart: a range is widened to full hours. */
export async function listSessions(
  ledger: D1Database,
  accountId: string,
  { from = 0, to = Number.MAX_SAFE_INTEGER, sort, limit, cursor }: SessionsInput,
  compared = COMPARED_SESSIONS,
): Promise<SessionPage> {
  const inRange = `FROM session_sums INDEXED BY session_sums_by_hour
    WHERE account_id = ?1 AND last_hour_ms >= ?2 AND last_hour_ms < ?3 ORDER BY last_hour_ms DESC, session DESC`
  const found = `SELECT * FROM (SELECT * ${inRange} LIMIT ${compared})
    ORDER BY ${ORDERS[sort]} LIMIT ${limit + 1} OFFSET ${cursor}`
  const [page, beyond] = await ledger.batch(
    [
      `SELECT ${SUMS}, ${EDGES} FROM (${found}) AS found ORDER BY ${ORDERS[sort]}`,
      `SELECT 1 ${inRange} LIMIT 1 OFFSET ${compared}`,
    ].map((sql) => ledger.prepare(sql).bind(accountId, hourOf(from), to)),
  )
  const sessions = (page?.results ?? []) as unknown as StoredSession[]
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
