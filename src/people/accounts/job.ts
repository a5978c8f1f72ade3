import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'

/** Nobody asks again what became of a link that was used or has run out for so long. */
const KEEP_LINKS_MS = 30 * DAY_MS

/** Deletes what has run out: sessions, links, challenges, objects at xAI. Raw SQL, so that jobs need no ORM. */
export async function tidyAccounts(env: Env, nowMs: number): Promise<boolean> {
  await env.DB.batch([
    env.DB.prepare('DELETE FROM sessions WHERE expires_at_ms < ?1').bind(nowMs),
    env.DB.prepare('DELETE FROM invitations WHERE expires_at_ms < ?1').bind(nowMs - KEEP_LINKS_MS),
    env.DB.prepare('DELETE FROM challenges WHERE expires_at_ms < ?1').bind(nowMs),
    env.DB.prepare('DELETE FROM objects WHERE expires_at_ms < ?1').bind(nowMs),
  ])
  return false
}
