import { Memory } from '../callers/memory.ts'
import type { Env } from '../env.ts'
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

/** Remembers who made an object. Never throws: without it, its maker has to use a token of scope `all`. */
export async function noteObject(env: Env, made: MadeObject, keeping: Keeping): Promise<void> {
  const { accountId, id, tokenId } = made
  const nowMs = Date.now()
  makers.set(keyOf(made), tokenId, nowMs + MEMORY_MS)
  // A repeat, by a result that is fetched say, changes nothing: the first to bring an object made it.
  const insert = env.DB.prepare(
    `INSERT INTO objects (account_id, id, token_id, expires_at_ms) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (account_id, id) DO NOTHING`,
  ).bind(accountId, id, tokenId, keeping === 'days' ? nowMs + KEPT_MS : null)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await insert.run()
      return
    } catch (error) {
      if (attempt === ATTEMPTS) console.error('maker of an object not noted', String(error))
      else await scheduler.wait(200 * attempt)
    }
  }
}

/** What a token has made is that of the token in its place. */
export const handOnObjects = (
  database: D1Database,
  { accountId, tokenId }: Omit<MadeObject, 'id'>,
  heirId: string,
): D1PreparedStatement =>
  database
    .prepare('UPDATE objects SET token_id = ?3 WHERE account_id = ?1 AND token_id = ?2')
    .bind(accountId, tokenId, heirId)

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
    const maker = await find.first<string>('tokenId')
    if (maker !== null) {
      makers.set(keyOf(asked), maker, Date.now() + MEMORY_MS)
      return maker === asked.tokenId
    }
    const pauseMs = PAUSES_MS[attempt]
    if (pauseMs === undefined) return false
    await scheduler.wait(pauseMs)
  }
}
