import type { Env } from '../../env.ts'
import { within } from '../../http/time-limit.ts'

const KEEP_MS = 30_000
const LIMIT_MS = 2_000
/** Far more origins than the accounts of a deployment list. */
const MOST = 5_000

let known: { origins: ReadonlySet<string>; untilMs: number } | null = null

/** Whether a list of ALLOWED_ORIGINS includes an origin. */
export const names = (origins: ReadonlySet<string>, origin: string): boolean =>
  origins.has(origin) || origins.has('*')

/** Whether any account allows web pages of this origin. Null: unknown, because D1 has not answered. */
export async function isAllowedAnywhere(env: Env, origin: string): Promise<boolean | null> {
  const nowMs = Date.now()
  if (known === null || known.untilMs <= nowMs) {
    try {
      const { results } = await within(
        LIMIT_MS,
        'the allowed origins',
        env.DB.prepare(
          `SELECT DISTINCT value FROM accounts, json_each(allowed_origins)
           WHERE allowed_origins <> '[]' LIMIT ${MOST}`,
        ).all<{ value: string }>(),
      )
      known = { origins: new Set(results.map(({ value }) => value)), untilMs: nowMs + KEEP_MS }
    } catch (error) {
      console.error('allowed origins not read', String(error))
    }
  }
  // If D1 does not answer, use the last known list.
  return known === null ? null : names(known.origins, origin)
}

/** Call after the setting has changed. Other isolates notice within KEEP_MS. */
export function invalidateOrigins(): void {
  known = null
}
