import { Memory } from '../../http/memory.ts'
import type { Env } from '../../env.ts'
import { deliver } from '../../ledger/outbox/store.ts'
import { keepInOutbox } from '../../ledger/outbox/writer.ts'
import { isFinal } from '../../ledger/store.ts'
import { firstUuid } from '../../http/uuid.ts'
import { within } from '../../http/time-limit.ts'
import { DAY_MS } from '../../http/time.ts'

/** The time that xAI keeps an object: until it is deleted, or thirty days. */
export type Keeping = 'until-deleted' | 'days'

/** An object at xAI, and the token that created it through Metrion. */
export interface CreatedObject {
  accountId: string
  /** xAI's ID. */
  id: string
  tokenId: string
}

// xAI keeps answers and results for thirty days (docs.x.ai/docs/guides/responses-api).
const KEPT_MS = 31 * DAY_MS
const MEMORY_MS = 600_000

/** Objects created recently in this isolate: they may be used before D1 has their note. */
const makers = new Memory<string>(5_000)
const keyOf = ({ accountId, id }: Omit<CreatedObject, 'tokenId'>): string => `${accountId}/${id}`

const ATTEMPTS = 3
/** KV prefix of notes that D1 has not accepted. A job writes them later. */
const OUTBOX_PREFIX = 'unnoted:'

/** A created object, and how long xAI keeps it. */
export interface NewObject extends CreatedObject {
  keeping: Keeping
}

/** Known at once in this isolate, and in others once `noteObjects` has written it. */
export const rememberCreator = (made: CreatedObject): void =>
  makers.set(keyOf(made), made.tokenId, Date.now() + MEMORY_MS)

/**
 * Records which tokens created objects. If a token was regenerated meanwhile, the objects belong to its
 * replacement. Never throws; logs what neither D1 nor KV accepts.
 */
export async function noteObjects(env: Env, list: readonly NewObject[]): Promise<void> {
  if (list.length === 0) return
  const nowMs = Date.now()
  list.forEach(rememberCreator)
  const notes = list.map(({ keeping, ...made }) => ({
    ...made,
    expiresAtMs: keeping === 'days' ? nowMs + KEPT_MS : null,
  }))
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await insertNotes(env, notes)
      return
    } catch (error) {
      console.error('makers of objects not noted', attempt, String(error))
      if (attempt < ATTEMPTS) await scheduler.wait(200 * attempt)
    }
  }
  try {
    const [first] = notes
    await keepInOutbox(env, OUTBOX_PREFIX, `${first?.accountId}/${first?.id}`, notes)
  } catch (error) {
    const ids = notes.map(({ id }) => id)
    console.error('makers of objects lost', notes[0]?.accountId, ids, String(error))
  }
}

type Note = CreatedObject & { expiresAtMs: number | null }

// The first note of an object names its creator. Later notes, from fetching it, are ignored.
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

/** Writes the notes that wait in KV to D1. */
export const deliverObjectNotes = (env: Env): Promise<boolean> =>
  deliver<Note>(env, {
    prefix: OUTBOX_PREFIX,
    isFinal,
    write: (notes) => insertNotes(env, notes),
    // An object without a note has no known creator: only tokens with the scope `all` may use it.
    giveUp: (key, note, error) => {
      console.error('maker of an object lost', key, note.id, String(error))
      return Promise.resolve()
    },
  })

const MOST_ANSWERS = 20_000
const ANSWERS_AT_ONCE = 500

/** Notes a token's stored answers of the last 31 days, 20,000 at most: none were noted while its scope was `all`. */
export async function adoptAnswers(
  env: Env,
  { accountId, tokenId }: Omit<CreatedObject, 'id'>,
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

/** Call after the creator has deleted an object. Never throws: the note of a deleted object allows nothing. */
export async function deleteObject(env: Env, { accountId, id }: CreatedObject): Promise<void> {
  try {
    await env.DB.prepare('DELETE FROM objects WHERE account_id = ?1 AND id = ?2')
      .bind(accountId, id)
      .run()
  } catch (error) {
    console.error('object not forgotten', String(error))
  }
}

// An object may be used as soon as its ID is known, perhaps in another isolate, before its note is written.
const PAUSES_MS = [100, 300]

const LIMIT_MS = 3_000

/**
 * Whether a token created all of these objects. Throws if D1 does not answer. Two queries per attempt, for any
 * number of objects.
 */
export async function isCreatorOfAll(
  env: Env,
  { accountId, tokenId }: Omit<CreatedObject, 'id'>,
  ids: readonly string[],
): Promise<boolean> {
  const nowMs = Date.now()
  // A remembered creator may have been regenerated since, so D1 is asked unless it is this token.
  let unknown = ids.filter((id) => makers.get(keyOf({ accountId, id }), nowMs) !== tokenId)
  for (let attempt = 0; unknown.length > 0; attempt++) {
    const known = await within(LIMIT_MS, 'the makers', findMakers(env, accountId, unknown))
    for (const [id, maker] of known) {
      if (maker !== tokenId) return false
      makers.set(keyOf({ accountId, id }), maker, Date.now() + MEMORY_MS)
    }
    unknown = unknown.filter((id) => !known.has(id))
    if (unknown.length === 0) return true
    const pauseMs = PAUSES_MS[attempt]
    if (pauseMs === undefined) return false
    await scheduler.wait(pauseMs)
  }
  return true
}

/** Reads the notes and the ledger's async jobs: an isolate that died may have written no note. */
async function findMakers(
  env: Env,
  accountId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const find = (
    database: D1Database,
    table: 'objects' | 'works',
  ): Promise<D1Result<CreatedObject>> =>
    database
      .prepare(
        `SELECT id, token_id AS tokenId FROM ${table} WHERE account_id = ?1 AND token_id IS NOT NULL
           AND id IN (SELECT value FROM json_each(?2))`,
      )
      .bind(accountId, JSON.stringify(ids))
      .all<CreatedObject>()
  const [works, noted] = await Promise.all([find(env.LEDGER, 'works'), find(env.DB, 'objects')])
  const rows = [...works.results, ...noted.results]
  return new Map(rows.map(({ id, tokenId }) => [id, tokenId]))
}
