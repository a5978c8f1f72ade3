import { Memory } from '../callers/memory.ts'
import type { Env } from '../env.ts'
import { firstUuid } from '../ledger/uuid.ts'
import { DAY_MS } from '../time.ts'

/** How long xAI keeps an object: until somebody deletes it, or for thirty days. */
export type Keeping = 'until-deleted' | 'days'

/** An object at xAI, and the token that made it through Metrion. */
export interface MadeObject {
  accountId: string
  /** As xAI names it. */
  id: string
  tokenId: string
}

// xAI keeps answers and results for thirty days (docs.x.ai/docs/guides/responses-api).
const KEPT_MS = 31 * DAY_MS
const MEMORY_MS = 600_000

/** What has been made here lately: D1 may hear of it later than its maker asks for it. */
const makers = new Memory<string>(5_000)
const keyOf = ({ accountId, id }: Omit<MadeObject, 'tokenId'>): string => `${accountId}/${id}`

const ATTEMPTS = 3
/** Notes that D1 has not taken wait in KV for a job. */
const PARKED = 'unnoted:'

/**
 * Remembers who made an object. Of a token that was regenerated meanwhile, it is that of the one in its place.
 * Never throws; what neither D1 nor KV takes is logged.
 */
export async function noteObject(env: Env, made: MadeObject, keeping: Keeping): Promise<void> {
  const nowMs = Date.now()
  makers.set(keyOf(made), made.tokenId, nowMs + MEMORY_MS)
  const note = { ...made, expiresAtMs: keeping === 'days' ? nowMs + KEPT_MS : null }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await insertNotes(env, [note])
      return
    } catch (error) {
      console.error('maker of an object not noted', attempt, String(error))
      if (attempt < ATTEMPTS) await scheduler.wait(200 * attempt)
    }
  }
  try {
    await env.TOKENS.put(`${PARKED}${keyOf(made)}`, JSON.stringify(note))
  } catch (error) {
    console.error('maker of an object lost', made.accountId, made.id, String(error))
  }
}

type Note = MadeObject & { expiresAtMs: number | null }

// The first to bring an object made it; what fetches it later changes nothing.
async function insertNotes(env: Env, notes: readonly Note[]): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO objects (account_id, id, token_id, expires_at_ms)
     SELECT t.account_id, n.value ->> '$.id', ifnull(t.replaced_by, t.id), n.value ->> '$.expiresAtMs'
     FROM json_each(?1) AS n JOIN tokens AS t ON t.id = n.value ->> '$.tokenId' WHERE true
     ON CONFLICT (account_id, id) DO NOTHING`,
  )
    .bind(JSON.stringify(notes))
    .run()
}

/** Writes the notes that wait in KV. */
export async function bringInNotes(env: Env): Promise<void> {
  const { keys } = await env.TOKENS.list({ prefix: PARKED, limit: 100 })
  for (const { name } of keys) {
    const note = await env.TOKENS.get<Note>(name, 'json')
    if (note) await insertNotes(env, [note])
    await env.TOKENS.delete(name)
  }
}

const MOST_ANSWERS = 20_000
const ANSWERS_AT_ONCE = 500

/** Notes the answers that a token has made in the last days, of which nobody took note while it had the scope `all`. */
export async function adoptAnswers(
  env: Env,
  { accountId, tokenId }: Omit<MadeObject, 'id'>,
  nowMs: number,
): Promise<void> {
  const { results } = await env.LEDGER.prepare(
    `SELECT response_id AS id, at_ms AS atMs FROM requests INDEXED BY requests_by_token
     WHERE account_id = ?1 AND token_id = ?2 AND id >= ?3 AND endpoint = 'responses' AND mode = 'stored'
       AND response_id IS NOT NULL ORDER BY id DESC LIMIT ${MOST_ANSWERS}`,
  )
    .bind(accountId, tokenId, firstUuid(nowMs - KEPT_MS))
    .all<{ id: string; atMs: number }>()
  const notes = results.map(({ id, atMs }) => ({
    accountId,
    id,
    tokenId,
    expiresAtMs: atMs + KEPT_MS,
  }))
  for (let at = 0; at < notes.length; at += ANSWERS_AT_ONCE)
    await insertNotes(env, notes.slice(at, at + ANSWERS_AT_ONCE))
}

/** What a token has made, and what it is still making, is that of the token in its place. */
export const handOnObjects = (
  database: D1Database,
  { accountId, tokenId }: Omit<MadeObject, 'id'>,
  heirId: string,
): D1PreparedStatement[] =>
  [
    'UPDATE objects SET token_id = ?3 WHERE account_id = ?1 AND token_id = ?2',
    'UPDATE tokens SET replaced_by = ?3 WHERE account_id = ?1 AND (id = ?2 OR replaced_by = ?2)',
  ].map((sql) => database.prepare(sql).bind(accountId, tokenId, heirId))

/** Its maker has deleted it. Never throws: the note of an object that is gone allows nothing. */
export async function forgetObject(env: Env, { accountId, id }: MadeObject): Promise<void> {
  try {
    await env.DB.prepare('DELETE FROM objects WHERE account_id = ?1 AND id = ?2')
      .bind(accountId, id)
      .run()
  } catch (error) {
    console.error('object not forgotten', String(error))
  }
}

// An object is asked for as soon as its id is known, perhaps elsewhere, while its note is still on its way.
const PAUSES_MS = [150, 350, 700]

/** Whether this token made an object. Throws where D1 does not answer. */
export async function isMaker(env: Env, asked: MadeObject): Promise<boolean> {
  // A token that was regenerated has handed on what it made.
  if (makers.get(keyOf(asked), Date.now()) === asked.tokenId) return true
  const find = env.DB.prepare(
    'SELECT token_id AS tokenId FROM objects WHERE account_id = ?1 AND id = ?2',
  ).bind(asked.accountId, asked.id)
  for (let attempt = 0; ; attempt++) {
    const maker = (await find.first<string>('tokenId')) ?? (await beginnerOf(env, asked))
    if (maker !== null) {
      makers.set(keyOf(asked), maker, Date.now() + MEMORY_MS)
      return maker === asked.tokenId
    }
    const pauseMs = PAUSES_MS[attempt]
    if (pauseMs === undefined) return false
    await scheduler.wait(pauseMs)
  }
}

/** Who began what the ledger knows as work: what an isolate that died has left, for instance. */
const beginnerOf = (env: Env, { accountId, id }: MadeObject): Promise<string | null> =>
  env.LEDGER.prepare('SELECT token_id AS tokenId FROM works WHERE account_id = ?1 AND id = ?2')
    .bind(accountId, id)
    .first<string>('tokenId')
