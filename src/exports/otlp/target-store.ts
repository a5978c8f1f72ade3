import type { Actor } from '../../audit/action.ts'
import { recordAudit } from '../../audit/store.ts'
import { shownTarget, targetProblem } from '../../alerts/channels/target.ts'
import { invalidateAccount } from '../../credentials/callers/store.ts'
import { open, seal } from '../../credentials/seal/seal.ts'
import { SEALED } from '../../credentials/seal/sealed.ts'
import { readSiteSettings, type Env } from '../../env.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { NewTarget } from './input.ts'

/** Where traces go, as people may see it. */
export interface TraceTarget {
  shown: string
  savedAtMs: number
  sent: number
  dropped: number
  failures: number
  lastError: string | null
  lastTriedAtMs: number | null
}

const context = (accountId: string): string => SEALED.traceTargets.context(accountId, 'otlp')

/** Null: there is none. */
export const findTarget = (
  { DB }: Pick<Env, 'DB'>,
  accountId: string,
): Promise<TraceTarget | null> =>
  DB.prepare(
    `SELECT shown, saved_at_ms AS savedAtMs, sent, dropped, failures, last_error AS lastError, last_tried_at_ms AS lastTriedAtMs
     FROM trace_targets WHERE account_id = ?1 AND provider = 'otlp'`,
  )
    .bind(accountId)
    .first<TraceTarget>()

/** The URL and the headers of an account's target. Throws a SealError. */
export const openTarget = async (
  { MASTER_KEYS }: Pick<Env, 'MASTER_KEYS'>,
  accountId: string,
  sealed: string,
): Promise<NewTarget> =>
  JSON.parse(await open(MASTER_KEYS, context(accountId), sealed)) as NewTarget

/** Saves where traces go, and begins to send them. */
export async function saveTarget(
  env: Env,
  actor: Actor,
  target: NewTarget,
  nowMs: number,
): Promise<Refusal | null> {
  const { accountId } = actor
  const problem = targetProblem(target.url, readSiteSettings(env).channelTestOrigins)
  if (problem !== null) return { reason: 'parameter_invalid', param: 'url', problem }
  const sealed = await seal(env.MASTER_KEYS, context(accountId), JSON.stringify(target))
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO trace_targets (account_id, provider, sealed, shown, saved_at_ms) VALUES (?1, 'otlp', ?2, ?3, ?4)
       ON CONFLICT (account_id, provider) DO UPDATE SET sealed = excluded.sealed, shown = excluded.shown,
         saved_at_ms = excluded.saved_at_ms, failures = 0, last_error = NULL, sent = 0, dropped = 0`,
    ).bind(accountId, sealed, shownTarget(target.url), nowMs),
    env.DB.prepare('UPDATE accounts SET traces = 1 WHERE id = ?1').bind(accountId),
  ])
  await invalidateAccount(env, accountId)
  await recordAudit(env.DB, actor, 'traces.saved', shownTarget(target.url), nowMs)
  return null
}

/** Stops sending traces, and forgets where they went. False: there was no target. */
export async function deleteTarget(env: Env, actor: Actor, nowMs: number): Promise<boolean> {
  const { accountId } = actor
  const [deleted] = await env.DB.batch<{ shown: string }>([
    env.DB.prepare(
      `DELETE FROM trace_targets WHERE account_id = ?1 AND provider = 'otlp' RETURNING shown`,
    ).bind(accountId),
    env.DB.prepare('UPDATE accounts SET traces = 0 WHERE id = ?1').bind(accountId),
  ])
  const shown = deleted?.results[0]?.shown
  if (shown === undefined) return false
  await invalidateAccount(env, accountId)
  await recordAudit(env.DB, actor, 'traces.deleted', shown, nowMs)
  return true
}
