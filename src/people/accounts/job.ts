import type { Env } from '../../env.ts'
import { DAY_MS } from '../../http/time.ts'

/** Used and expired links are kept this long, so that their state can still be shown. */
const KEEP_LINKS_MS = 30 * DAY_MS

/** Deletes expired sessions, links, challenges, passes and notes of objects at xAI. Raw SQL, so that jobs need no ORM. */
export async function tidyAccounts(env: Env, nowMs: number): Promise<boolean> {
  await env.DB.batch([
    env.DB.prepare('DELETE FROM sessions WHERE expires_at_ms < ?1').bind(nowMs),
    env.DB.prepare('DELETE FROM invitations WHERE expires_at_ms < ?1').bind(nowMs - KEEP_LINKS_MS),
    env.DB.prepare('DELETE FROM challenges WHERE expires_at_ms < ?1').bind(nowMs),
    env.DB.prepare('DELETE FROM operator_passes WHERE expires_at_ms < ?1').bind(nowMs),
    env.DB.prepare('DELETE FROM objects WHERE expires_at_ms < ?1').bind(nowMs),
  ])
  return false
}
