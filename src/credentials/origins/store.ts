import type { Env } from '../../env.ts'
import { within } from '../../http/time-limit.ts'

const KEEP_MS = 30_000
const LIMIT_MS = 2_000
/** Far more than the settings of a deployment's accounts name. */
const MOST = 5_000

let known: { origins: ReadonlySet<string>; untilMs: number } | null = null

/** Whether a list of ALLOWED_ORIGINS names an origin. */
export const names = (origins: ReadonlySet<string>, origin: string): boolean =>
  origins.has(origin) || origins.has('*')

/** Whether any account lets web pages of an origin call; null where nobody knows. */
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
  // What was known last holds where D1 does not answer.
  return known === null ? null : names(known.origins, origin)
}

/** After a setting has changed, here; elsewhere it is heard of within KEEP_MS. */
export function invalidateOrigins(): void {
  known = null
}
